"""Imports examples: every line checked, nothing kept unless all are sound and none leaks between splits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from framework.actions.query import Query
from framework.actions.request import Call, Request
from framework.actions.session import Session
from framework.data.chunks import chunks
from framework.data.selection import Selection
from framework.errors import Invalid, Issue
from framework.expr.nodes import Among, IsNull, Ref, equals, every
from framework.lm.signatures.interchange import from_json
from resources.datasets.changes import Entry, HeldExample, entries_of, issues_of, key_of
from resources.datasets.dataset import Dataset, ImportReport
from resources.datasets.example import Example
from resources.datasets.example_lines import ReadLine, read_lines
from resources.programs.signature import Signature

MOST_ISSUES = 100
# So many lines are looked up and written at a time: a file of any length takes its turns with what others ask.
PART = 1000
_HELD = ("id", "key", "inputs", "labels", "split", "content_hash")


async def import_examples(calls: Sequence[Call], session: Session) -> list[ImportReport]:
    """One report for each file."""
    return [await _import(call.id, call.arguments["content"], session) for call in calls]


async def _import(dataset_id: UUID, content: str, session: Session) -> ImportReport:
    dataset = await session.get(Dataset, dataset_id, Query().loading(signature=Query()))
    signature: Signature | None = dataset.signature
    fits = None if signature is None else from_json(signature.definition)
    # Beside the event loop: a large file takes seconds, in which nobody else would be answered.
    lines, issues = await asyncio.to_thread(read_lines, content, fits)
    if not lines and not issues:
        raise Invalid("the file has no lines", code="empty_file", path=("content",))

    async def write(inner: Session) -> ImportReport:
        # Held, so that two imports into one dataset follow each other.
        version = (await inner.get(Dataset, dataset_id, Query().locked())).version
        held = await _held(dataset_id, lines, inner)
        entries, wrong = await asyncio.to_thread(_compared, lines, held)
        _refuse([*issues, *wrong])
        new = await asyncio.to_thread(_new, entries)
        if new:
            version += 1
            await _keep(new, dataset_id, version, session=inner)
        return _report(lines, new, version)

    return await session.with_transaction(write)


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


async def _held(dataset_id: UUID, lines: Sequence[ReadLine], session: Session) -> list[HeldExample]:
    """The examples that the lines may be about, by key or by inputs; how many others there are does not matter."""
    now = every(equals(dataset_id=dataset_id), IsNull(Ref("to_version")))
    spec, found = session.domain.resources["Example"], {}
    for part in chunks(lines, PART):
        wanted = {
            "key": tuple({line.key or key_of(line.content_hash) for line in part}),
            "content_hash": tuple({line.content_hash for line in part}),
        }
        for name, values in wanted.items():
            rows = await session.writer.read(Selection(spec, _HELD, every(now, Among(Ref(name), values))))
            found.update({row["id"]: HeldExample(**{each: row[each] for each in _HELD}) for row in rows})
    return [*found.values()]


async def _keep(entries: Sequence[Entry], dataset_id: UUID, version: int, *, session: Session) -> None:
    """What is corrected ends with the version before; what it became begins with this one, as what is new does."""
    ending = [Request({"to_version": version}, entry.held.id) for entry in entries if entry.held is not None]
    # All of them first: what one was may be what another becomes.
    for part in chunks(ending, PART):
        await session.perform(session.spec(Example.supersede), part)
    for some in chunks(entries, PART):
        await session.create_all(Example.add, [_values(entry, dataset_id, version) for entry in some])
    await session.update(Dataset.advance, dataset_id, {"version": version})


def _refuse(issues: Sequence[Issue]) -> None:
    if not issues:
        return
    ordered = sorted(issues, key=lambda issue: next((p for p in issue.path if isinstance(p, int)), 0))
    if len(ordered) > MOST_ISSUES:
        more = Issue("more", f"and {len(ordered) - MOST_ISSUES} more mistakes", ("content",))
        ordered = [*ordered[:MOST_ISSUES], more]
    raise Invalid.of(ordered)


def _values(entry: Entry, dataset_id: UUID, version: int) -> dict[str, Any]:
    return {
        "dataset_id": dataset_id,
        "key": entry.key,
        "inputs": entry.line.inputs,
        "labels": entry.line.labels,
        "split": entry.split,
        "content_hash": entry.line.content_hash,
        "from_version": version,
    }
