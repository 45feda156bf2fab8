"""The epoch of the log: within one, positions are comparable, and a cursor means what it meant.

A database that was restored into another server or another database, or promoted from a copy, counts its transactions
anew, or may have lost the last of them. It has another identity then, and begins another epoch by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from framework.data.protocols import Layer, Reads, Row, Transaction
from framework.data.selection import Selection
from framework.declare.attributes import Attr, attribute, created_at, primary_key
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.errors import Conflict, NotFound
from framework.events.log_position import LogPosition
from framework.expr.build import store
from framework.expr.nodes import Call, Compare, Comparison, Function, Ref, Value
from framework.identifiers import uuid7
from framework.spec.resource import ResourceSpec

HERE = Compare(Comparison.EQ, Ref("database"), Call(Function.STORE))
INCOMPLETE = Compare(Comparison.GT, Ref("removed_seq"), Value(0))
NAME_LENGTH = 8
OTHER_EPOCH = "this cursor is of the log before the database was restored, or of another one"
GONE = "what came right after this cursor is kept no longer"


class LogEpoch(Resource):
    """Since when positions in the log are those of today, and up to where its events are gone."""

    id: Attr[UUID] = primary_key()
    database: Attr[str] = attribute(default=store(), private=True, doc="The server, its timeline and the database.")
    removed_transaction: Attr[int] = attribute(default=0, private=True)
    removed_seq: Attr[int] = attribute(default=0, private=True)
    created_at: Attr[datetime] = created_at()

    one_each = identity(database)


@dataclass(frozen=True, slots=True)
class Epoch:
    """The name that cursors of it begin with, and the position up to which events are gone."""

    name: str
    begins: LogPosition

    @classmethod
    def of(cls, row: Row) -> Epoch:
        """That of a row; a UUIDv7 ends in what is random in it."""
        name = row["id"].hex[-NAME_LENGTH:]
        return cls(name, LogPosition(row["removed_transaction"], row["removed_seq"], name))


async def current_epoch(layer: Layer, resource: ResourceSpec) -> Epoch:
    """The epoch of today, which begins with the first who asks."""
    async with layer.autocommit_read() as reader:
        found = await epoch_of(reader, resource)
    if found is None:
        try:
            async with layer.transaction() as tx:
                return Epoch.of(await _begun(tx, resource))
        except Conflict:  # Begun by another process in this very moment.
            return await current_epoch(layer, resource)
    return found


async def epoch_of(reader: Reads, resource: ResourceSpec) -> Epoch | None:
    """The epoch of the database that this reader reads; None where it has not begun."""
    rows = await reader.read(Selection(resource, ("id", "removed_transaction", "removed_seq"), HERE))
    return Epoch.of(rows[0]) if rows else None


async def is_whole(layer: Layer, resource: ResourceSpec) -> bool:
    """Whether nothing of the log was ever removed, in whichever epoch: the epochs before go along with a restore."""
    async with layer.autocommit_read() as reader:
        return not await reader.count(resource, INCOMPLETE)


async def begin_anew(tx: Transaction, resource: ResourceSpec) -> None:
    """Ends the epoch of today, whichever database began it here, for one in which every event that is kept is told."""
    await tx.update(resource, HERE, {"database": f"ended {uuid7()}"})
    await _begun(tx, resource)


async def note_removed(tx: Transaction, resource: ResourceSpec, position: LogPosition) -> None:
    """Puts on record, together with their removal, that the events up to a position are gone, or up to a later one."""
    gone = {"removed_transaction": position.transaction, "removed_seq": position.seq}
    found = await epoch_of(tx, resource)
    if found is None:
        await _begun(tx, resource, gone)
    elif found.begins < position:
        await tx.update(resource, HERE, gone)


def refuse_gone(position: LogPosition, epoch: Epoch | None) -> None:
    """Raises NotFound (`cursor_expired`) where what comes after the position cannot be told any more."""
    if epoch is None or position.epoch != epoch.name:
        raise cursor_expired(OTHER_EPOCH)
    if position < epoch.begins:
        raise cursor_expired(GONE)


def cursor_expired(says: str) -> NotFound:
    """The failure of whoever resumes from too far back."""
    hint = "read the records anew, and subscribe without a cursor, or from `0.0` for all that is kept"
    return NotFound(says, code="cursor_expired", path=("after",), hint=hint)


async def _begun(tx: Transaction, resource: ResourceSpec, values: dict[str, Any] | None = None) -> Row:
    defaults = {name: a.default.fresh() for name, a in resource.attributes.items() if a.default is not None}
    (row,) = await tx.insert(resource, [{**defaults, **(values or {})}])
    return row
