"""Every name that a list can be sorted by, and every way that can be included: for those who cannot guess."""

from __future__ import annotations

from collections.abc import Iterator

from framework.rest import selection
from framework.rest.fragments import Schema
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import ORDERED
from framework.wire import sorting

# A domain of many links has more ways than anybody would choose from.
MOST = 400


def sort_name(spec: ResourceSpec) -> str:
    """`Program` → `ProgramSort`."""
    return f"{spec.name}Sort"


def include_name(spec: ResourceSpec) -> str:
    """`Program` → `ProgramInclude`."""
    return f"{spec.name}Include"


def sort_schema(spec: ResourceSpec, domain: DomainSpec) -> Schema:
    """What may stand in `sort`."""
    return _one_of([sign + way for way in _sorts(spec, domain, sorting.MAX_STEPS) for sign in ("", "-")])


def include_schema(spec: ResourceSpec, domain: DomainSpec) -> Schema:
    """What may stand in `include`."""
    return _one_of(list(_includes(spec, domain, selection.MAX_DEPTH)))


def _one_of(names: list[str]) -> Schema:
    return {"type": "string", "enum": names} if len(names) <= MOST else {"type": "string"}


def _sorts(spec: ResourceSpec, domain: DomainSpec, steps: int) -> Iterator[str]:
    yield from (name for name, value in spec.public_values.items() if value.type.kind in ORDERED)
    if steps:
        for name, link in spec.public_relationships.items():
            if not link.many:
                yield from (f"{name}.{way}" for way in _sorts(domain.target(link), domain, steps - 1))


def _includes(spec: ResourceSpec, domain: DomainSpec, steps: int, *, many: int = 0) -> Iterator[str]:
    for name, link in spec.public_relationships.items():
        # Two links to many, one behind the other, would multiply.
        if steps and many + link.many <= 1:
            yield name
            further = _includes(domain.target(link), domain, steps - 1, many=many + link.many)
            yield from (f"{name}.{way}" for way in further)
