"""Changed records, asked about once more: nobody may make of a record what they could not have touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from framework.actions.changeset import Changeset
from framework.actions.permits import forbidden
from framework.actions.records import rows_of
from framework.actions.refusals import together
from framework.actions.satisfied import unsatisfied
from framework.data.protocols import Row, Transaction
from framework.data.selection import Lock
from framework.expr.nodes import Aggregate, Along, Node, Outer, Ref, Some, Value, walk
from framework.spec.resource import ResourceSpec

LEADING_ON = (Aggregate, Along, Outer, Some)


async def kept_before(changesets: Sequence[Changeset], tx: Transaction) -> Mapping[Any, Row]:
    """The rows as they are, locked, of changesets whose action itself changes what the policies speak of."""
    asked = [c for c in changesets if _asked_again(c) and _by_the_action(c)]
    return await rows_of(asked, tx.scoped(None), Lock.UPDATE) if asked else {}


async def held_to_what_they_became(changesets: Sequence[Changeset], before: Mapping[Any, Row], tx: Transaction) -> None:
    """Returns if the policies allow the call for every record as it is now; raises Forbidden.

    It is asked where the caller gave a value for something that they speak of. What the action itself has set, such as
    the state it moves a record to, counts as it was.
    """
    again = [place for place, c in enumerate(changesets) if _asked_again(c)]
    if not again:
        return
    asked = [(changesets[place].id, _as_it_was(changesets[place], before)) for place in again]
    lost = await unsatisfied(asked, changesets[0].resource, tx.scoped(None))
    if lost:
        refused = {again[each]: [forbidden(changesets[0].action)] for each in lost}
        raise together(refused, len(changesets))


def _asked_again(changeset: Changeset) -> bool:
    return bool(_spoken_of(changeset) & _by_the_caller(changeset))


def _by_the_caller(changeset: Changeset) -> set[str]:
    given = ((name, changeset.typed[name]) for name in changeset.action.accept if name in changeset.typed)
    return {name for name, value in given if changeset.values.get(name) is value}


def _by_the_action(changeset: Changeset) -> set[str]:
    return (_spoken_of(changeset) & {*changeset.values}) - _by_the_caller(changeset)


def _spoken_of(changeset: Changeset) -> set[str]:
    """The attributes that what the policies ask of the record depends on; rather one too many."""
    return set() if changeset.permit is None else _named(changeset.permit, changeset.resource, frozenset())


def _named(node: Node, resource: ResourceSpec, met: frozenset[str]) -> set[str]:
    found: set[str] = set()
    for part in walk(node):
        match part:
            case Ref(name) if name in resource.derived and name not in met:
                found |= _named(resource.derived[name].node, resource, met | {name})
            case Ref(name):
                found.add(name)
            case Along(link) | Some(link) | Aggregate(link=link) if link in resource.relationships:
                found.add(resource.relationships[link].attribute)
    return found


def _as_it_was(changeset: Changeset, before: Mapping[Any, Row]) -> Node | None:
    """What the policies ask of the record, with the values it had in the place of those that the action set."""
    if changeset.permit is None or changeset.id not in before:
        return changeset.permit
    row = before[changeset.id]
    return _pinned(changeset.permit, {name: row[name] for name in _by_the_action(changeset)})


def _pinned(node: Node, values: Mapping[str, Any]) -> Node:
    """The expression with known values of the record at hand in it; what a link leads to is another record."""
    if isinstance(node, Ref):
        return Value(values[node.name]) if node.name in values else node
    if isinstance(node, LEADING_ON):
        return node
    updates: dict[str, Any] = {}
    for part in fields(node):
        value = getattr(node, part.name)
        if isinstance(value, Node):
            updates[part.name] = _pinned(value, values)
        elif isinstance(value, tuple) and value and isinstance(value[0], Node):
            updates[part.name] = tuple(_pinned(item, values) for item in value)
    return replace(node, **updates) if updates else node
