"""An action accepts only attributes that a caller may give, and argument names of their own."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Problem
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.attribute import Origin, Visibility
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.suggest import did_you_mean


def accepted_fields(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to accepting what is not there or not the caller's to give."""
    for spec in domain.resources.values():
        for action in spec.actions.values():
            yield from _accepted(action, spec)
            yield from _arguments(action, spec)


def _accepted(action: ActionSpec, spec: ResourceSpec) -> Iterator[Problem]:
    path = f"{spec.name}.{action.name}.accept"
    for name in dict.fromkeys(action.accept):
        attribute = spec.attributes.get(name)
        if action.accept.count(name) > 1:
            yield Problem(action.source, path, f"`{name}` is said twice")
        if name in spec.derived:
            yield Problem(action.source, path, f"`{name}` is derived, so nobody may write it", "leave it out")
        elif attribute is None:
            yield Problem(action.source, path, f"`{name}` is not an attribute", did_you_mean(name, spec.attributes))
        elif attribute.origin is Origin.COMPUTED:
            yield Problem(action.source, path, f"`{name}` is worked out, so nobody may write it", "leave it out")
        elif attribute.origin is Origin.TENANT:
            says = f"`{name}` is the tenant that the call is in, so no caller gives it"
            yield Problem(action.source, path, says, "leave it out")
        elif attribute.origin is not Origin.GIVEN:
            yield Problem(action.source, path, f"`{name}` is generated, so nobody may write it", "leave it out")
        elif attribute.primary_key and action.kind is ActionKind.UPDATE:
            yield Problem(
                action.source, path, f"`{name}` is the key of the record, which never changes", "leave it out"
            )
        elif not attribute.public and action.visibility is Visibility.PUBLIC:
            hint = "make the action private, or take the value as an argument"
            yield Problem(action.source, path, f"`{name}` is private, so no caller can give it", hint)


def _arguments(action: ActionSpec, spec: ResourceSpec) -> Iterator[Problem]:
    path = f"{spec.name}.{action.name}.arguments"
    for name in action.arguments:
        if name in action.accept:
            yield Problem(action.source, f"{path}.{name}", "is accepted as an attribute too", "rename the argument")
    if "id" in action.arguments:
        yield Problem(action.source, f"{path}.id", "`id` says which record", "rename the argument")
