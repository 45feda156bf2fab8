"""The records that calls are about, read before anything is done with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from framework.actions.changeset import Changeset
from framework.actions.refusals import refuse_wrong
from framework.data.protocols import Reads
from framework.data.selection import Lock, Selection
from framework.errors import NotFound
from framework.expr.nodes import Among, Ref


async def with_records(changesets: Sequence[Changeset], reader: Reads, lock: Lock) -> list[Changeset]:
    """The changesets with their records as they are; raises NotFound for all whose record is not there."""
    resource = changesets[0].resource
    key = resource.key.name
    where = Among(Ref((key,)), tuple(changeset.id for changeset in changesets))
    rows = await reader.read(Selection(resource, tuple(resource.attributes), where, lock=lock))
    records = {row[key]: resource.record.of(row) for row in rows}
    known = [replace(changeset, record=records.get(changeset.id)) for changeset in changesets]
    refuse_wrong([c if c.record is not None else c.failing(_not_found(c)) for c in known])
    return known


def _not_found(changeset: Changeset) -> NotFound:
    name, key = changeset.resource.name, str(changeset.id)
    return NotFound(f"there is no {name} with id {key}", path=("id",), params={"id": key})
