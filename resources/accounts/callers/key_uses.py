"""When keys were used last, written now and then: no request waits for that."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from uuid import UUID

from framework.actions.engine import Engine
from framework.actions.session import Session
from framework.context import Actor, Context, now
from framework.errors import Failure, code_of
from framework.expr.nodes import Among, Combine, Compare, Comparison, IsNull, Logic, Ref, Value, every
from framework.telemetry import log

EVERY_SECONDS = 60.0


class KeyUses:
    """The uses of keys that are yet to be written, each key's at most once a minute."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._used: dict[UUID, datetime] = {}
        self._written: dict[UUID, float] = {}

    def note(self, key: UUID) -> None:
        """It was used just now."""
        self._used[key] = now()

    async def write(self) -> None:
        """Writes those that are due; what cannot be written is tried again."""
        due = time.monotonic() - EVERY_SECONDS
        used = {key: at for key, at in self._used.items() if self._written.get(key, due) <= due}
        if not used:
            return
        spec, at = self._engine.domain.resources["ApiKey"], max(used.values())
        # Of several processes, one writes it.
        older = Compare(Comparison.LT, Ref("last_used_at"), Value(at - timedelta(seconds=EVERY_SECONDS)))
        due_there = Combine(Logic.OR, (IsNull(Ref("last_used_at")), older))
        there = every(Among(Ref("id"), tuple(used)), due_there)

        async def written(session: Session) -> None:
            await session.writer.update(spec, there, {"last_used_at": at})

        try:
            await self._engine.system(
                "when a key was used is noted", Context(Actor("system", "key_uses"))
            ).with_transaction(written)
        except Failure as failure:
            log.warning("key_uses.not_written", error=code_of(failure))
            return
        for key, noted in used.items():
            self._written[key] = time.monotonic()
            if self._used[key] == noted:
                del self._used[key]
