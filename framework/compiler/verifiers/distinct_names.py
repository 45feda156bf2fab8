"""No two resources are kept in one table."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Problem
from framework.naming import table_name
from framework.spec.domain import DomainSpec


def distinct_names(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to resources whose names lead to one table."""
    first: dict[str, str] = {}
    for spec in domain.stored:
        name = table_name(spec.name)
        if first.setdefault(name, spec.name) != spec.name:
            says = f"`{first[name]}` has the same table, `{name}`"
            yield Problem(spec.source, spec.name, says, "rename one of them")
