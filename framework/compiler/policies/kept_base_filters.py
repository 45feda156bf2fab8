"""Base filters are of records, and a read goes past such as there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from framework.errors import Problem
from framework.spec.domain import DomainSpec
from framework.suggest import did_you_mean


def kept_base_filters(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to `past` that names no base filter, and to filters of what is not stored."""
    for spec in domain.resources.values():
        if spec.base and not spec.stored:
            yield Problem(
                spec.source, f"{spec.name}.base", f"`{spec.name}` is not stored, so it has no records to filter"
            )
        for action in spec.actions.values():
            path = f"{spec.name}.{action.name}.past"
            for name, times in Counter(action.past).items():
                if name not in spec.base:
                    hint = did_you_mean(str(name), spec.base) or "name one of `base`"
                    yield Problem(action.source, path, f"`{spec.name}` has no base filter `{name}`", hint)
                elif times > 1:
                    yield Problem(action.source, path, f"names `{name}` twice")
