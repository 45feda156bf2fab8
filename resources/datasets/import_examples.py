"""Imports examples: every line checked, nothing kept unless all are sound and none leaks between splits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from framework.actions.query import Query
from framework.actions.request import Call
from framework.actions.session import Session
from framework.data.selection import Selection
from framework.errors import Invalid, Issue
from framework.expr.nodes import IsNull, Ref, equals, every
from framework.lm.signatures.interchange import from_json
from resources.datasets.dataset import Dataset, ImportReport
from resources.datasets.example import Example
from resources.datasets.example_lines import ReadLine, read_lines
from resources.programs.signature import Signature

MOST_ISSUES = 100


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
    async with session.transaction() as inner:
        # Held, so that two imports into one dataset follow each other.
        version = (await inner.get(Dataset, dataset_id, Query().locked())).version
        known = await _live(dataset_id, inner)
        fresh = [line for line in lines if line.content_hash not in known]
        _refuse([*issues, *_leaks(lines, known), *_taken(fresh, known)])
        if fresh:
            version += 1
            await inner.create_all(Example.add, [_values(line, dataset_id, version) for line in fresh])
            await inner.update(Dataset.advance, dataset_id, {"version": version})
    return ImportReport(lines=len(lines), added=len(fresh), unchanged=len(lines) - len(fresh), version=version)


async def _live(dataset_id: UUID, session: Session) -> dict[str, Any]:
    where = every(equals(dataset_id=dataset_id), IsNull(Ref(("to_version",))))
    rows = await session.writer.read(
        Selection(session.domain.resources["Example"], ("key", "split", "content_hash"), where)
    )
    return {row["content_hash"]: row for row in rows}


def _leaks(lines: Sequence[ReadLine], known: dict[str, Any]) -> list[Issue]:
    """The same inputs in two splits: what is learned from would be judged by."""
    seen = {digest: (str(row["split"]), f"example `{row['key']}` of the dataset") for digest, row in known.items()}
    issues: list[Issue] = []
    for line in lines:
        split, where = seen.setdefault(line.content_hash, (str(line.split), f"line {line.number}"))
        if split != line.split:
            message = f"line {line.number}: these inputs are in split `{split}` already ({where})"
            issues.append(Issue("split_leak", message, ("content", line.number), {"split": split}))
        elif where.startswith("line ") and where != f"line {line.number}":
            message = f"line {line.number}: these inputs stand in {where} too"
            issues.append(Issue("repeated_inputs", message, ("content", line.number)))
    return issues


def _taken(lines: Sequence[ReadLine], known: dict[str, Any]) -> list[Issue]:
    keys = {row["key"] for row in known.values()}
    return [
        Issue("taken", f"line {line.number}: the dataset has an example `{line.key}` already", ("content", line.number))
        for line in lines
        if line.key in keys
    ]


def _refuse(issues: Sequence[Issue]) -> None:
    if not issues:
        return
    ordered = sorted(issues, key=lambda issue: next((p for p in issue.path if isinstance(p, int)), 0))
    if len(ordered) > MOST_ISSUES:
        more = Issue("more", f"and {len(ordered) - MOST_ISSUES} more mistakes", ("content",))
        ordered = [*ordered[:MOST_ISSUES], more]
    raise Invalid.of(ordered)


def _values(line: ReadLine, dataset_id: UUID, version: int) -> dict[str, Any]:
    return {
        "dataset_id": dataset_id,
        "key": line.key,
        "inputs": line.inputs,
        "labels": line.labels,
        "split": line.split,
        "content_hash": line.content_hash,
        "from_version": version,
    }
