"""Imports examples: every line checked, nothing kept unless all are sound and none leaks between splits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any
from uuid import UUID

from framework.actions.query import Query
from framework.actions.request import Call
from framework.actions.session import Session
from framework.data.chunks import chunks
from framework.data.selection import Selection
from framework.declare.verbs import verb
from framework.errors import Failure, Invalid, Issue
from framework.expr.nodes import Among, IsNull, Ref, equals, every
from framework.lm.signatures.interchange import from_json
from framework.processes.heavy_calls import HeavyCalls
from framework.processes.verb_process import Order, VerbProcesses
from resources.datasets.changes import Entry, HeldExample, entries_of, issues_of, key_of
from resources.datasets.dataset import Dataset, ImportReport
from resources.datasets.example_lines import ReadLine, read_lines
from resources.datasets.import_lease import ImportLease, leased
from resources.datasets.unpublished import clear_unpublished, write_unpublished
from resources.programs.signature import Signature

IMPORT_FILE = verb("resources.datasets.import_examples:import_file")
# A file of so many characters takes a second or more, in which whoever asks for something else would be kept waiting.
LARGE = 500_000
MOST_ISSUES = 100
# So many lines are looked up at a time: a file of any length takes its turns with what others ask.
LOOKED_UP = 1000
_HELD = ("id", "key", "inputs", "labels", "split", "content_hash")


async def import_examples(calls: Sequence[Call], session: Session) -> list[ImportReport]:
    """One report for each file."""
    heavy: HeavyCalls = session.services[HeavyCalls]
    async with heavy.one("import"):
        return [await _carried_out(call.id, call.arguments["content"], session) for call in calls]


async def import_file(session: Session, dataset_id: str, content: str) -> ImportReport:
    """The report for one file, in a process of its own."""
    return await _import(UUID(dataset_id), content, session)


async def _carried_out(dataset_id: UUID, content: str, session: Session) -> ImportReport:
    apart: VerbProcesses | None = session.services.get(VerbProcesses)
    if apart is None or len(content) < LARGE:
        return await _import(dataset_id, content, session)
    arguments = {"dataset_id": str(dataset_id), "content": content}
    return ImportReport(**await apart.carry_out(Order(IMPORT_FILE, arguments, session.context)))


async def _import(dataset_id: UUID, content: str, session: Session) -> ImportReport:
    dataset = await session.get(Dataset, dataset_id, Query().loading(signature=Query()))
    signature: Signature | None = dataset.signature
    fits = None if signature is None else from_json(signature.definition)
    # Beside the event loop: a large file takes seconds, in which nobody else would be answered.
    lines, issues = await asyncio.to_thread(read_lines, content, fits)
    if not lines and not issues:
        raise Invalid("the file has no lines", code="empty_file", path=("content",))
    async with _held_dataset(dataset_id, session) as lease:
        held = await _held(lines, lease, session)
        entries, wrong = await asyncio.to_thread(_compared, lines, held)
        await lease.renew(session)
        _refuse([*issues, *wrong])
        new = await asyncio.to_thread(_new, entries)
        await write_unpublished(new, lease, session)
        version = await lease.end(session, partial(_over, lease, new))
    return _report(lines, new, version)


@asynccontextmanager
async def _held_dataset(dataset_id: UUID, session: Session) -> AsyncIterator[ImportLease]:
    """The dataset as the last import left it. What was written is taken back where the block raises."""
    lease = await leased(session, dataset_id)
    try:
        if lease.after_another:
            await clear_unpublished(lease, session)
        yield lease
    except BaseException:
        # If that cannot be done now, it is once nothing was heard of this import for a while.
        with suppress(Failure):
            await clear_unpublished(lease, session)
            await session.with_transaction(lease.release)
        raise


async def _over(lease: ImportLease, new: Sequence[Entry], session: Session) -> int:
    """The moment in which all of it is there: one row, however many the examples. Gives the version that holds them."""
    if not new:
        return lease.version
    dataset = await session.update(Dataset.advance, lease.dataset_id, {"version": lease.version + 1})
    return dataset.version


def _report(lines: Sequence[ReadLine], new: Sequence[Entry], version: int) -> ImportReport:
    changed = sum(entry.held is not None for entry in new)
    return ImportReport(
        lines=len(lines),
        added=len(new) - changed,
        changed=changed,
        unchanged=len(lines) - len(new),
        version=version,
    )


def _compared(lines: Sequence[ReadLine], held: Sequence[HeldExample]) -> tuple[list[Entry], list[Issue]]:
    entries = entries_of(lines, held)
    return entries, issues_of(entries, held)


def _new(entries: Sequence[Entry]) -> list[Entry]:
    return [entry for entry in entries if not entry.is_unchanged]


async def _held(lines: Sequence[ReadLine], lease: ImportLease, session: Session) -> list[HeldExample]:
    """The examples that the lines may be about, by key or by inputs; how many others there are does not matter."""
    if not lease.version:
        # It never held any.
        return []
    now = every(equals(dataset_id=lease.dataset_id), IsNull(Ref("to_version")))
    spec, found = session.domain.resources["Example"], dict[UUID, HeldExample]()
    for part in chunks(lines, LOOKED_UP):
        wanted = {
            "key": tuple({line.key or key_of(line.content_hash) for line in part}),
            "content_hash": tuple({line.content_hash for line in part}),
        }

        async def look(inner: Session, wanted: Mapping[str, Any] = wanted) -> None:
            for name, values in wanted.items():
                rows = await inner.writer.read(Selection(spec, _HELD, every(now, Among(Ref(name), values))))
                found.update({row["id"]: HeldExample(**{each: row[each] for each in _HELD}) for row in rows})

        await lease.within(session, look)
    return [*found.values()]


def _refuse(issues: Sequence[Issue]) -> None:
    if not issues:
        return
    ordered = sorted(issues, key=lambda issue: next((p for p in issue.path if isinstance(p, int)), 0))
    if len(ordered) > MOST_ISSUES:
        more = Issue("more", f"and {len(ordered) - MOST_ISSUES} more mistakes", ("content",))
        ordered = [*ordered[:MOST_ISSUES], more]
    raise Invalid.of(ordered)
