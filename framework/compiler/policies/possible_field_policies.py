"""A field policy is about a value that can be absent, and one that somebody gives."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Problem
from framework.spec.attribute import Origin
from framework.spec.domain import DomainSpec
from framework.spec.policy import FieldPolicySpec
from framework.spec.resource import ResourceSpec
from framework.suggest import did_you_mean

Wrong = tuple[str, str | None]  # what is wrong, a way out


def possible_field_policies(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to field policies that could not be held to."""
    for spec in domain.resources.values():
        for policy in spec.field_policies.values():
            for says, hint in _wrongs(policy, spec):
                yield Problem(policy.source, policy.path, says, hint)


def _wrongs(policy: FieldPolicySpec, spec: ResourceSpec) -> Iterator[Wrong]:
    name = policy.name
    if name not in spec.values:
        yield f"`{spec.name}` has no field `{name}`", did_you_mean(name, spec.values)
        return
    if policy.readable:
        yield from _unreadable(name, spec)
    if policy.writable:
        yield from _unwritable(name, spec)


def _unreadable(name: str, spec: ResourceSpec) -> Iterator[Wrong]:
    attribute = spec.attributes.get(name)
    if attribute is not None and attribute.primary_key:
        yield f"`{name}` says which record it is: who sees the record sees that", "say who may read the record"
    for link in spec.relationships.values():
        if link.holds_key and link.attribute == name and not link.nullable:
            says = f"`{name}` is the key of `{link.name}`, which every record has: it cannot be absent"
            yield says, f"say who may read the record, or the `{link.target}`"


def _unwritable(name: str, spec: ResourceSpec) -> Iterator[Wrong]:
    attribute = spec.attributes.get(name)
    if attribute is None:
        yield f"`{name}` is derived, so nobody gives it", "leave out `writable_when`"
    elif attribute.origin is not Origin.GIVEN:
        yield f"`{name}` is {attribute.origin}, so nobody gives it", "leave out `writable_when`"
    elif not any(name in action.accept for action in spec.actions.values()):
        yield f"no action accepts `{name}`, so nobody gives it", "leave out `writable_when`"
