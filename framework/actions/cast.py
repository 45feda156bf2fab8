"""Raw input → typed changesets: only what the action takes, each value as its type has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from framework.actions.changeset import Changeset
from framework.actions.request import Request
from framework.errors import Issue
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.resource import ResourceSpec
from framework.suggest import did_you_mean
from framework.types.type import Type


def cast(action: ActionSpec, resource: ResourceSpec, requests: Sequence[Request]) -> list[Changeset]:
    """A changeset for each request, with every issue of its input."""
    return [_cast_one(action, resource, request) for request in requests]


def cast_arguments(action: ActionSpec, given: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Issue, ...]]:
    """The arguments of an action, typed and with their defaults, and what is wrong with them."""
    values: dict[str, Any] = {}
    issues: list[Issue] = []
    for argument in action.arguments.values():
        if argument.name in given:
            values[argument.name], found = _value(argument.type, given[argument.name], argument.name)
            issues.extend(found)
        elif argument.default is not None:
            values[argument.name] = argument.default.fresh()
        elif argument.type.nullable:
            values[argument.name] = None
        else:
            issues.append(missing(argument.name))
    return values, tuple(issues)


def missing(name: str) -> Issue:
    """The issue of an input that has to be given."""
    return Issue("missing", f"`{name}` is required", (name,))


def cast_id(resource: ResourceSpec, value: Any) -> tuple[Any, tuple[Issue, ...]]:
    """A record's key, typed; addresses, events and jobs have it as a text, whatever its type."""
    kind = resource.key.type
    return kind.cast_text(value, ("id",)) if isinstance(value, str) else kind.cast(value, ("id",))


def _cast_one(action: ActionSpec, resource: ResourceSpec, request: Request) -> Changeset:
    values: dict[str, Any] = {}
    issues: list[Issue] = list(_unknown(action, request.input))
    for name in action.accept:
        attribute = resource.attributes[name]
        if name in request.input:
            values[name], found = _value(attribute.type, request.input[name], name)
            issues.extend(found)
        elif action.kind is ActionKind.CREATE and attribute.required:
            issues.append(missing(name))
    arguments, found = cast_arguments(action, request.input)
    key = None
    if action.needs_record:
        key, wrong = cast_id(resource, request.id)
        issues.extend(wrong)
    changeset = Changeset(action, resource, key, values, arguments, precondition=request.precondition)
    return changeset.wrong(*issues, *found)


def _value(kind: Type, raw: Any, name: str) -> tuple[Any, tuple[Issue, ...]]:
    return kind.cast(raw, (name,))


def _unknown(action: ActionSpec, given: Mapping[str, Any]) -> list[Issue]:
    known = (*action.accept, *action.arguments)
    verb = f"`{action.resource}.{action.name}`"
    return [
        Issue("unknown_input", f"{verb} takes no `{name}`", (name,), hint=did_you_mean(name, known))
        for name in given
        if name not in known
    ]
