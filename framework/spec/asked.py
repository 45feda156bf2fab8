"""What a question names of a resource: a value or a link of it, or a refusal that says what was meant."""

from __future__ import annotations

from collections.abc import Iterable

from framework.errors import Invalid
from framework.spec.attribute import AttributeSpec, DerivedSpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.suggest import did_you_mean


def value_named(spec: ResourceSpec, name: str) -> AttributeSpec | DerivedSpec:
    """The attribute or derived value of that name; raises Invalid."""
    found = spec.attributes.get(name) or spec.derived.get(name)
    if found is None:
        raise _unknown(spec, name, "value", spec.values)
    return found


def link_named(spec: ResourceSpec, name: str) -> RelationshipSpec:
    """The link of that name; raises Invalid."""
    if name not in spec.relationships:
        raise _unknown(spec, name, "link", spec.relationships)
    return spec.relationships[name]


def _unknown(spec: ResourceSpec, name: str, what: str, known: Iterable[str]) -> Invalid:
    says = f"`{spec.name}` has no {what} `{name}`"
    return Invalid(says, code="unknown_field", path=(name,), hint=did_you_mean(name, known))
