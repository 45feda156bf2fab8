"""The heartbeat of a process outlives a database that says nothing for a while."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from framework.compiler.domain import Domain, compile_domain
from framework.data.selection import Selection
from framework.processes import heartbeat
from framework.processes.heartbeat import Heartbeat
from framework.processes.process_heartbeat import ProcessHeartbeat
from framework.sql.engine import create_tables, open_layer
from framework.sql.layer import SqlLayer
from framework.sql.timeouts import Timeouts
from framework.testing.until import until
from tests.framework.sql.falling_silent import falling_silent

# Nothing but the bound of the heartbeat itself ends its wait.
FOR_EVER = Timeouts(statement=0)


async def seen_at(layer: SqlLayer) -> datetime:
    async with layer.snapshot_read() as reader:
        (row,) = await reader.read(Selection(layer.domain.of(ProcessHeartbeat), ("seen_at",)))
    found: Any = row["seen_at"]
    assert isinstance(found, datetime)
    return found


async def test_a_process_beats_again_after_a_beat_that_nobody_answered(
    fresh_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.1)
    domain = compile_domain(Domain("beats", [ProcessHeartbeat]))
    async with (
        open_layer(domain, fresh_database_url) as layer,
        falling_silent(fresh_database_url) as server,
        open_layer(domain, server.url, timeouts=FOR_EVER) as beyond,
    ):
        await create_tables(layer)
        beating = Heartbeat(domain, beyond)
        _ = await beating.begun()
        monkeypatch.setattr(heartbeat, "ANSWER_SECONDS", 0.5)
        server.silent = True
        await until(lambda: server.swallowed > 0)
        before = await seen_at(layer)
        server.silent = False

        async def again() -> bool:
            return await seen_at(layer) > before

        await until(again)
        await beating.close()
