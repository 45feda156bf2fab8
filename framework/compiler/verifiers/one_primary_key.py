"""A stored resource has exactly one primary key."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Problem
from framework.spec.domain import DomainSpec


def one_primary_key(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to a stored resource with none, or with several."""
    for spec in domain.stored:
        keys = [attribute.name for attribute in spec.attributes.values() if attribute.primary_key]
        if not keys:
            yield Problem(spec.source, spec.name, "has no primary key", "add `id: Attr[UUID] = primary_key()`")
        elif len(keys) > 1:
            yield Problem(spec.source, spec.name, f"has several primary keys: {', '.join(keys)}", "keep one")
