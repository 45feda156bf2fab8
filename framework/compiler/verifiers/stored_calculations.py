"""A stored calculation is of what a caller or a default gives, of a type that a column can be worked out in."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Problem
from framework.expr.nodes import Ref, walk
from framework.spec.attribute import AttributeSpec
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import STRUCTURED, Kind

NOT_KEPT = STRUCTURED | {Kind.VECTOR}


def stored_calculations(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to what PostgreSQL cannot work out and keep."""
    for spec in domain.resources.values():
        keys = {link.attribute for link in spec.relationships.values() if link.holds_key}
        for attribute in spec.attributes.values():
            for says, hint in _objections(attribute, spec, keys):
                yield Problem(attribute.source, f"{spec.name}.{attribute.name}", says, hint)


def _objections(attribute: AttributeSpec, spec: ResourceSpec, keys: set[str]) -> Iterator[tuple[str, str | None]]:
    if attribute.computed is None:
        return
    for part in walk(attribute.computed):
        of = spec.attributes.get(part.name) if isinstance(part, Ref) else None
        if of is not None and of.computed is not None:
            yield f"`{of.name}` is itself worked out and stored", "say what that is worked out of"
    if attribute.type.kind in NOT_KEPT:
        yield f"a value of the type {attribute.type.kind} is not stored by a calculation", "leave out `stored=True`"
    if attribute.name in keys:
        yield "is the key of a link, which is given and not worked out", "say `attribute()`"
