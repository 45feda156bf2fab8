"""The rows of an evaluation put on record as they come, each as an execution, so that none is asked for twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from framework.actions.session import Session
from framework.data.refusals import may_pass
from framework.data.selection import Ordering, Selection
from framework.errors import Failure
from framework.expr.nodes import Among, Not, Ref, equals, every
from framework.lm.evaluation.evaluation import Example, Row
from framework.lm.models.spend import Spend
from resources.executions.execution import Execution
from resources.executions.recorded_error import recorded_error


class RowRecorder:
    """What is not written yet when a worker is killed is simply scored again.

    `stale` are the executions of an earlier run that came to nothing, whose examples are asked again.
    """

    def __init__(self, evaluation: Any, examples: Sequence[Example], stale: Collection[UUID], spend: Spend) -> None:
        self._evaluation, self._stale = evaluation, tuple(stale)
        self.examples = examples
        self._positions = {example.key: position for position, example in enumerate(examples)}
        self._known: dict[str, Row] = {}
        self._pending: dict[str, Row] = {}
        # What earlier attempts have paid.
        self.spent_before = spend

    @classmethod
    async def opened(
        cls, session: Session, evaluation: Any, examples: Sequence[Example], *, failed_again: bool
    ) -> RowRecorder:
        """With everything that earlier attempts have scored, but for rows that failed if those are asked again."""
        spec = session.domain.of(Execution)
        mine = equals(evaluation_id=evaluation.id)
        async with session.snapshot_read() as reader:
            rows = await reader.read(Selection(spec, tuple(spec.attributes), mine, (Ordering(Ref("id")),)))
        stale = [row["id"] for row in rows if failed_again and row["error"] is not None]
        spend = Spend()
        for row in rows:
            spend = spend.and_also(_spend(row))
        made = cls(evaluation, examples, stale, spend)
        made._known = {row["example_key"]: made._read(row) for row in rows if row["id"] not in stale}
        return made

    @property
    def rows(self) -> list[Row]:
        """Those there are, in the order of the examples."""
        found = {**self._known, **self._pending}
        return sorted(found.values(), key=lambda row: row.position)

    @property
    def pending(self) -> bool:
        """Whether there is anything to write."""
        return bool(self._pending)

    @property
    def missing(self) -> list[Example]:
        """The examples that have no row yet."""
        return [example for example in self.examples if example.key not in self._known]

    def add(self, row: Row) -> None:
        """A row that was scored just now."""
        self._pending[row.key] = replace(row, position=self._positions[row.key])

    async def record(self, session: Session) -> list[Row]:
        """Writes what is pending, inside of the transaction of `session`; the rows as they stand on record.

        A row that the store refuses is one that failed. A commit that nobody heard of may have kept some.
        """
        batch = list(self._pending.values())
        asked = Among(Ref("example_key"), tuple(row.key for row in batch))
        fresh = Not(Among(Ref("id"), self._stale)) if self._stale else None
        mine = every(equals(evaluation_id=self._evaluation.id), asked, fresh)
        spec = session.domain.of(Execution)
        kept = {
            row["example_key"]: row for row in await session.writer.read(Selection(spec, tuple(spec.attributes), mine))
        }
        new = await self._written([row for row in batch if row.key not in kept], session)
        return [*new, *(self._read(row) for row in kept.values())]

    def recorded(self, rows: Sequence[Row]) -> None:
        """These are committed."""
        for row in rows:
            self._known[row.key] = row
            self._pending.pop(row.key, None)

    async def _written(self, rows: Sequence[Row], session: Session) -> list[Row]:
        try:
            async with session.savepoint():
                await session.create_all(Execution.record, [self._execution(row) for row in rows])
        except Failure as refused:
            if may_pass(refused):
                raise
            return [await self._written_alone(row, session) for row in rows]
        return list(rows)

    async def _written_alone(self, row: Row, session: Session) -> Row:
        try:
            async with session.savepoint():
                await session.create(Execution.record, self._execution(row))
        except Failure as refused:
            if may_pass(refused):
                raise
            failed = replace(row, score=None, outputs=None, failure=refused)
            await session.create(Execution.record, self._execution(failed))
            return failed
        return row

    def _read(self, row: Mapping[str, Any]) -> Row:
        error = row["error"]
        return Row(
            position=self._positions[row["example_key"]],
            key=row["example_key"],
            score=row["score"],
            outputs=row["outputs"],
            failure=None if error is None else Failure(error["message"], code=error["code"]),
            latency_ms=row["latency_ms"],
            spend=_spend(row),
        )

    def _execution(self, row: Row) -> Mapping[str, Any]:
        return {
            "program_id": self._evaluation["program_id"],
            "version_id": self._evaluation["version_id"],
            "model_id": self._evaluation["model_id"],
            "inputs": dict(self.examples[row.position].inputs),
            "outputs": None if row.outputs is None else dict(row.outputs),
            "error": None if row.failure is None else recorded_error(row.failure),
            "latency_ms": row.latency_ms,
            "evaluation_id": self._evaluation.id,
            "example_key": row.key,
            "score": row.score,
            **spent(row.spend),
        }


def spent(spend: Spend) -> dict[str, Any]:
    """What it cost, as executions and evaluations keep it."""
    return {"tokens_in": spend.tokens_in, "tokens_out": spend.tokens_out, "cost_usd": spend.cost_usd}


def _spend(row: Mapping[str, Any]) -> Spend:
    return Spend(tokens_in=row["tokens_in"], tokens_out=row["tokens_out"], cost_usd=row["cost_usd"])
