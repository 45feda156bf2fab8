"""A decision as it is asked again of a record that was changed by what the call gave.

What the call gave stands in the record as it is now. Whatever else the action set (a move of the machine, a step)
counts as it was before, or a rule about the state that an action leaves would refuse the action itself; and so does
what a change was from.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from framework.expr.asked import Changing
from framework.expr.nodes import Aggregate, Along, Node, Outer, Ref, Some, Value, parts_of
from framework.spec.action import ActionSpec
from framework.spec.changing import as_carried_out
from framework.spec.resource import ResourceSpec

Roots = tuple[bool, ...]
"""Of each record that the expression led over, the last one first, whether it is the one that is written."""
AT_THE_ROOT: Roots = (True,)
Change = Callable[[Node, Roots], Node | None]


def as_before(node: Node, action: ActionSpec, before: Mapping[str, Any], given: Collection[str]) -> Node:
    """The decision with every value of the record that the call did not give put in as it was."""
    kept = {name: value for name, value in before.items() if name not in given}

    def change(part: Node, roots: Roots) -> Node | None:
        match part:
            case Changing():
                return _over(as_carried_out(part, action), AT_THE_ROOT, lambda node, at: _known(node, at, before))
            case Ref():
                return _known(part, roots, kept)
        return None

    return _over(node, AT_THE_ROOT, change)


def spoken_of(node: Node, spec: ResourceSpec, roots: Roots = AT_THE_ROOT) -> Iterator[str]:
    """The attributes of the record that a condition looks at; of a link from it, the one that the link begins with."""
    match node:
        case Ref(name) if roots[0]:
            yield name
        case Along(link=name) | Some(link=name) | Aggregate(link=name) if roots[0] and name in spec.relationships:
            yield spec.relationships[name].attribute
    for part in parts_of(node):
        yield from spoken_of(part, spec, _beyond(node, roots))


def _known(node: Node, roots: Roots, values: Mapping[str, Any]) -> Node | None:
    return Value(values[node.name]) if isinstance(node, Ref) and roots[0] and node.name in values else None


def _over(node: Node, roots: Roots, change: Change) -> Node:
    replaced = change(node, roots)
    if replaced is not None:
        return replaced
    inside = _beyond(node, roots)
    updates: dict[str, Any] = {}
    for part in fields(node):
        value = getattr(node, part.name)
        if isinstance(value, Node):
            updates[part.name] = _over(value, inside, change)
        elif isinstance(value, tuple) and value and isinstance(value[0], Node):
            updates[part.name] = tuple(_over(item, inside, change) for item in value)
    return replace(node, **updates) if updates else node


def _beyond(node: Node, roots: Roots) -> Roots:
    match node:
        case Outer(steps, _):
            return (roots[steps], *roots)
        case Along() | Some() | Aggregate():
            return (False, *roots)
        case _:
            return roots
