"""The records that calls are about, read before or after something is done with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from framework.actions.changeset import Changeset
from framework.data.protocols import Reads, Row
from framework.data.selection import Lock, Selection
from framework.errors import NotFound
from framework.expr.nodes import Among, Compare, Comparison, Node, Ref, Value
from framework.spec.action import ActionKind, ActionSpec


async def with_records(changesets: Sequence[Changeset], reader: Reads, lock: Lock) -> list[Changeset]:
    """The changesets with their records as they are, refused where there is none."""
    rows = await rows_of(changesets, reader, lock)
    return [
        replace(c, record=c.resource.record.of(rows[c.id])) if c.id in rows else c.failing(not_found(c))
        for c in changesets
    ]


def lock_of(action: ActionSpec) -> Lock:
    """How the records of an action are held that writes to them."""
    return Lock.DESTROY if action.kind is ActionKind.DESTROY else Lock.UPDATE


async def rows_of(changesets: Sequence[Changeset], reader: Reads, lock: Lock) -> dict[Any, Row]:
    """The rows that the changesets are about, by key."""
    resource = changesets[0].resource
    selection = Selection(resource, tuple(resource.attributes), key_condition(changesets), lock=lock)
    return {row[resource.key.name]: row for row in await reader.read(selection)}


def key_condition(changesets: Sequence[Changeset]) -> Node:
    """The condition that a record is one that the changesets are about."""
    key = Ref(changesets[0].resource.key.name)
    if len(changesets) == 1:
        return Compare(Comparison.EQ, key, Value(changesets[0].id))
    return Among(key, tuple(changeset.id for changeset in changesets))


def not_found(changeset: Changeset) -> NotFound:
    """There is no such record."""
    return NotFound.record(changeset.resource.name, changeset.id)
