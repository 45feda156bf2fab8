"""The replay cache of a run, kept in the database: read once at the start, written a few times a second."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import suppress
from typing import Any
from uuid import UUID

from framework.actions.session import Session
from framework.data.selection import Lock, Selection
from framework.errors import Unavailable
from framework.expr.nodes import Among, Ref, equals, every
from framework.jobs.job_run import JobRun
from framework.types.json_values import json_issues
from resources.optimizations.recorded_call import RecordedCall

FLUSH_SECONDS = 0.25
BATCH = 1000
ESCAPED = "escaped"


OWN = "what a model answered in a run is shown to nobody"


class StoredReplay:
    """Asked from many threads; what is not written yet when a worker is killed is simply asked for again."""

    def __init__(self, run: JobRun, optimization_id: UUID, known: dict[str, dict[str, Any]]) -> None:
        self._run = run
        self._optimization_id = optimization_id
        self._lock = threading.Lock()
        self._answers = known
        self._pending: dict[str, dict[str, Any]] = {}
        self._writing = asyncio.Lock()

    @classmethod
    async def opened(cls, run: JobRun, optimization_id: UUID) -> StoredReplay:
        """The cache with everything that an earlier attempt kept."""
        spec = run.session.domain.of(RecordedCall)
        mine = equals(optimization_id=optimization_id)
        async with run.session.as_system(OWN).snapshot_read() as reader:
            rows = await reader.read(Selection(spec, ("key", "answer"), mine))
        return cls(run, optimization_id, {row["key"]: _read(row["answer"]) for row in rows})

    def get(self, key: str) -> dict[str, Any] | None:
        """The answer kept under the key."""
        with self._lock:
            return self._answers.get(key)

    def put(self, key: str, value: dict[str, Any]) -> None:
        """Keeps an answer; the first one stays."""
        with self._lock:
            if key not in self._answers:
                self._answers[key] = self._pending[key] = value

    async def flush(self) -> None:
        """Writes what is pending; when it returns, everything answered before is on record."""
        async with self._writing:
            with self._lock:
                batch, self._pending = self._pending, {}
            rows = [
                {"optimization_id": self._optimization_id, "key": key, "answer": _kept(answer)}
                for key, answer in batch.items()
            ]
            try:
                await self._keep(rows)
            except BaseException:
                with self._lock:
                    self._pending = {**batch, **self._pending}
                raise

    async def _keep(self, rows: list[dict[str, Any]]) -> None:
        """Adds those that are not there yet: a commit that nobody heard of may have kept them."""
        if not rows:
            return
        asked = Among(Ref("key"), tuple(row["key"] for row in rows))
        mine = every(equals(optimization_id=self._optimization_id), asked)

        async def write(inner: Session) -> None:
            kept = await inner.as_system(OWN).writer.read(Selection(inner.domain.of(RecordedCall), ("key",), mine))
            known = {row["key"] for row in kept}
            if new := [row for row in rows if row["key"] not in known]:
                await inner.create_all(RecordedCall.keep, new)
                await self._run.progressed(inner)

        await self._run.session.with_transaction(write)

    async def flush_for_ever(self) -> None:
        """Writes several times a second, until cancelled; a database that is away is tried again."""
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            with suppress(Unavailable):
                await self.flush()


async def forget_calls(run: JobRun, optimization_id: UUID) -> None:
    """Removes what was kept of a run that needs it no more, a batch at a time."""
    spec = run.session.domain.of(RecordedCall)
    some = Selection(spec, ("id",), equals(optimization_id=optimization_id), limit=BATCH, lock=Lock.UPDATE)

    async def forget(inner: Session) -> int:
        rows = await inner.writer.read(some)
        return await inner.writer.discard(spec, Among(Ref("id"), tuple(row["id"] for row in rows))) if rows else 0

    while await run.session.as_system(OWN).with_transaction(forget):
        pass


def _kept(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer as it can be stored: one with a sign that JSONB refuses as JSON in a text, where it is escaped."""
    return {ESCAPED: json.dumps(answer)} if any(json_issues(answer)) else answer


def _read(stored: dict[str, Any]) -> dict[str, Any]:
    if stored.keys() != {ESCAPED}:
        return stored
    answer: dict[str, Any] = json.loads(stored[ESCAPED])
    return answer
