"""What an import writes before its dataset has the version that holds it: no earlier version is changed by it.

A part after the other, each in a transaction of its own: a long one would hold back the events of everybody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from framework.actions.request import Request
from framework.actions.session import Session
from framework.data.chunks import chunks
from framework.data.selection import Ordering, Selection
from framework.expr.nodes import Among, Compare, Comparison, Node, Ref, Value, equals, every
from resources.datasets.changes import Entry
from resources.datasets.example import Example
from resources.datasets.import_lease import ImportLease

# So many are written, or taken back, at a time.
PART = 200
OWN = "an import that came to nothing takes back what it has written, whoever may see it by now"


async def write_unpublished(entries: Sequence[Entry], lease: ImportLease, session: Session) -> None:
    """What is corrected ends with the version that is there; what it becomes begins with the next, as the new does."""
    version = lease.version + 1
    ending = [Request({"to_version": version}, entry.held.id) for entry in entries if entry.held is not None]
    # All of them first: what one was may be what another becomes.
    for part in chunks(ending, PART):

        async def end(inner: Session, part: Sequence[Request] = part) -> None:
            await inner.perform(inner.spec(Example.supersede), part)

        await lease.within(session, end)
    for some in chunks(entries, PART):
        rows = [_values(entry, lease.dataset_id, version) for entry in some]

        async def add(inner: Session, rows: Sequence[Any] = rows) -> None:
            await inner.create_all(Example.add, rows)

        await lease.within(session, add)


async def clear_unpublished(lease: ImportLease, session: Session) -> None:
    """Takes back what an import has written that did not come to its end."""
    of_dataset, spec = equals(dataset_id=lease.dataset_id), session.domain.of(Example)

    async def remove(inner: Session) -> int:
        # Before it touches anything: of a dataset that was taken over, what came after is another's.
        await lease.hold(inner)
        found = await _some(every(of_dataset, _after("from_version", lease)), inner)
        return await inner.as_system(OWN).writer.discard(spec, _these(found)) if found else 0

    async def restore(inner: Session) -> int:
        await lease.hold(inner)
        found = await _some(every(of_dataset, _after("to_version", lease)), inner)
        await inner.perform(inner.spec(Example.supersede), [Request({"to_version": None}, key) for key in found])
        return len(found)

    # What was to come first: it has the keys and the inputs of what holds again.
    for take_back in (remove, restore):
        while await lease.within(session, take_back) == PART:
            pass


async def _some(where: Node, session: Session) -> list[Any]:
    spec = session.domain.of(Example)
    rows = await session.as_system(OWN).writer.read(Selection(spec, ("id",), where, (Ordering(Ref("id")),), limit=PART))
    return [row["id"] for row in rows]


def _these(keys: Sequence[Any]) -> Node:
    return Among(Ref("id"), tuple(keys))


def _after(name: str, lease: ImportLease) -> Node:
    return Compare(Comparison.GT, Ref(name), Value(lease.version))


def _values(entry: Entry, dataset_id: Any, version: int) -> dict[str, Any]:
    return {
        "dataset_id": dataset_id,
        "key": entry.key,
        "inputs": entry.line.inputs,
        "labels": entry.line.labels,
        "split": entry.split,
        "content_hash": entry.line.content_hash,
        "from_version": version,
    }
