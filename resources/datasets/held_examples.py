"""The examples that a dataset held in one of its versions."""

from __future__ import annotations

from uuid import UUID

from framework.actions.session import Session
from framework.data.selection import Ordering, Selection
from framework.expr.nodes import Combine, Compare, Comparison, IsNull, Logic, Node, Ref, Value, equals, every
from framework.lm.evaluation.evaluation import Example
from resources.datasets.example import Split


async def held_examples(session: Session, dataset_id: UUID, version: int, split: Split) -> tuple[Example, ...]:
    """The examples of a split, in the order of their keys."""
    where = every(equals(dataset_id=dataset_id, split=split), held_in(version))
    by_key = (Ordering(Ref("key")),)
    selection = Selection(session.domain.resources["Example"], ("key", "inputs", "labels"), where, by_key)
    async with session.snapshot_read() as reader:
        rows = await reader.read(selection)
    return tuple(Example(row["inputs"], row["labels"], row["key"]) for row in rows)


async def held_counts(session: Session, dataset_id: UUID, version: int) -> dict[Split, int]:
    """How many examples each split held, asked inside of a transaction."""
    spec = session.domain.resources["Example"]
    of_version = every(equals(dataset_id=dataset_id), held_in(version))
    return {split: await session.writer.count(spec, every(of_version, equals(split=split))) for split in Split}


def held_in(version: int) -> Node:
    """The condition of belonging to a version."""
    since, until = Ref("from_version"), Ref("to_version")
    begun = Compare(Comparison.LE, since, Value(version))
    not_over = Combine(Logic.OR, (IsNull(until), Compare(Comparison.GT, until, Value(version))))
    return every(begun, not_over)
