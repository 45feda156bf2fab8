"""What the call of an action may give, typed."""

from __future__ import annotations

from framework.spec.action import ActionSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import Type


def types_given(action: ActionSpec, spec: ResourceSpec) -> dict[str, Type]:
    """The types of the attributes that the action accepts and of its arguments, by name."""
    accepted = {name: spec.attributes[name].type for name in action.accept if name in spec.attributes}
    return {**accepted, **{name: argument.type for name, argument in action.arguments.items()}}
