"""What the steps of an action can set; anything else is a mistake of whoever wrote the step, and told at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from framework.expr.nodes import Aggregate, Along, Node, Ref, Some, walk
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.resource import ResourceSpec
from framework.suggest import did_you_mean

OF_THE_RECORD = (Ref, Along, Some, Aggregate)


def refuse_unsettable(action: ActionSpec, resource: ResourceSpec, values: Mapping[str, Any]) -> None:
    """Raises TypeError for a value that a step cannot set in this action."""
    known = resource.attributes if action.writes else action.arguments
    name = f"`{resource.name}.{action.name}`"
    for key in values:
        if action.kind is ActionKind.DESTROY:
            raise TypeError(
                f"a step of {name} sets `{key}`, and a destroy writes nothing that is kept: change what stays "
                "through the session, in `before` or `after`"
            )
        if action.kind is ActionKind.UPDATE and key == resource.key.name:
            raise TypeError(f"a step of {name} sets `{key}`, which a record keeps for as long as it is there")
        if action.kind is ActionKind.UPDATE and resource.tenancy is not None and key == resource.tenancy.attribute:
            raise TypeError(
                f"a step of {name} sets `{key}`, the tenant that a record belongs to for as long as it lasts"
            )
        if action.writes and key in known and resource.attributes[key].computed is not None:
            raise TypeError(f"a step of {name} sets `{key}`, which is worked out: set what it is worked out of")
        if key not in known:
            raise TypeError(f"a step of {name} sets `{key}`, {_instead(key, action, resource)}")
    if action.kind is not ActionKind.CREATE:
        return
    for key, value in values.items():
        if isinstance(value, Node) and any(isinstance(part, OF_THE_RECORD) for part in walk(value)):
            raise TypeError(
                f"a step of {name} sets `{key}` to an expression over the record, which is yet to be made: "
                "work the value out from `changeset.value(...)` and the arguments"
            )


def _instead(key: str, action: ActionSpec, resource: ResourceSpec) -> str:
    """What is wrong with the name, and which was meant."""
    if not action.writes and key in resource.attributes:
        return "an attribute of the record: a verb writes no record, so its steps set arguments alone"
    what, known = ("attribute", resource.attributes) if action.writes else ("argument", action.arguments)
    there = ", ".join(f"`{name}`" for name in known) or "none"
    hint = did_you_mean(key, known)
    return f"and there is no such {what}; there are {there}" + (f" ({hint})" if hint else "")
