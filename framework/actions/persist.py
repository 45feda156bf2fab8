"""Changesets → stored records, by as few statements as can say it; and the reason when a record was not there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from framework.actions.changeset import Changeset, Outcome
from framework.data.protocols import Row, Transaction
from framework.data.selection import Lock, Selection
from framework.errors import Conflict, Failure, NotFound
from framework.expr.nodes import Among, Node, Ref, every
from framework.spec.action import ActionKind
from framework.spec.resource import ResourceSpec


async def persist(changesets: Sequence[Changeset], tx: Transaction) -> list[Outcome]:
    """The outcome of each changeset, in order; raises NotFound or Conflict for those whose record did not match."""
    match changesets[0].action.kind:
        case ActionKind.CREATE:
            resource = changesets[0].resource
            rows = await tx.insert(resource, [changeset.values for changeset in changesets])
            return [_outcome(changeset, row) for changeset, row in zip(changesets, rows, strict=True)]
        case ActionKind.UPDATE:
            written = await _update(changesets, tx)
        case _:
            written = await _delete(changesets, tx)
    lost = [changeset for changeset in changesets if changeset.id not in written]
    if lost:
        raise await _why_not(lost, changesets, tx)
    return [_outcome(changeset, written[changeset.id]) for changeset in changesets]


async def lock_records(changesets: Sequence[Changeset], tx: Transaction) -> Mapping[Any, Row]:
    """The rows that the changesets are about, by key, held until the transaction ends; raises NotFound."""
    rows = await _rows(changesets, tx, Lock.UPDATE)
    absent = [changeset for changeset in changesets if changeset.id not in rows]
    if absent:
        raise _not_found(absent[0].resource, absent[0].id)
    return rows


async def _update(changesets: Sequence[Changeset], tx: Transaction) -> dict[Any, Row]:
    written: dict[Any, Row] = {}
    for group in _alike(changesets):
        resource, where = group[0].resource, every(_keys(group), group[0].where)
        rows = await _write(resource, where, group[0].values, tx)
        written.update({row[resource.key.name]: row for row in rows})
    return written


async def _write(resource: ResourceSpec, where: Node, values: Row, tx: Transaction) -> list[Row]:
    """A change that changes nothing is still a look at the record, which has to be there."""
    if values:
        return await tx.update(resource, where, values)
    return await tx.read(Selection(resource, tuple(resource.attributes), where, lock=Lock.UPDATE))


def _alike(changesets: Sequence[Changeset]) -> list[list[Changeset]]:
    """Changesets that say the same, together: each group is one statement."""
    if len(changesets) == 1:
        return [list(changesets)]
    groups: defaultdict[str, list[list[Changeset]]] = defaultdict(list)
    for changeset in changesets:
        # Both have to agree: 1 and True are equal and read differently, others read alike and are not equal.
        near = groups[repr(changeset.values)]
        for group in near:
            if (group[0].values, group[0].where) == (changeset.values, changeset.where):
                group.append(changeset)
                break
        else:
            near.append([changeset])
    return [group for near in groups.values() for group in near]


async def _delete(changesets: Sequence[Changeset], tx: Transaction) -> dict[Any, Row]:
    resource, where = changesets[0].resource, every(_keys(changesets), changesets[0].where)
    rows = await tx.delete(resource, where)
    return {row[resource.key.name]: row for row in rows}


async def _why_not(lost: Sequence[Changeset], asked: Sequence[Changeset], tx: Transaction) -> Failure:
    rows = await _rows(lost, tx, Lock.NONE)
    for changeset in lost:
        row = rows.get(changeset.id)
        failure = _not_found(changeset.resource, changeset.id) if row is None else _conflict(changeset, row)
        return failure if len(asked) == 1 else failure.under(list(asked).index(changeset))
    raise AssertionError("asked only of changesets that were not carried out")


def _not_found(resource: ResourceSpec, key: Any) -> NotFound:
    return NotFound(f"there is no {resource.name} with id {key}", path=("id",), params={"id": str(key)})


def _conflict(changeset: Changeset, row: Row) -> Conflict:
    move = changeset.action.transition
    verb = f"`{changeset.resource.name}.{changeset.action.name}`"
    if move is None or str(row[move.attribute]) in move.sources:
        return Conflict(f"{verb} does not apply to the record as it is now", path=("id",))
    state = str(row[move.attribute])
    return Conflict(
        f"{verb} is not allowed while {move.attribute} is {state}; it is from {', '.join(move.sources)}",
        code="illegal_transition",
        path=("id",),
        params={"state": state, "allowed_from": list(move.sources)},
    )


async def _rows(changesets: Sequence[Changeset], tx: Transaction, lock: Lock) -> dict[Any, Row]:
    resource = changesets[0].resource
    selection = Selection(resource, tuple(resource.attributes), _keys(changesets), lock=lock)
    return {row[resource.key.name]: row for row in await tx.read(selection)}


def _keys(changesets: Sequence[Changeset]) -> Node:
    return Among(Ref((changesets[0].resource.key.name,)), tuple(changeset.id for changeset in changesets))


def _outcome(changeset: Changeset, row: Row) -> Outcome:
    return Outcome(changeset, changeset.resource.record.of(row))
