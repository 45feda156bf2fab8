"""Connections survive callers that are cancelled at any moment."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest
import sqlalchemy as sa

from framework.sql.connections import dispose, pooled_connection
from framework.sql.engine import open_engine
from framework.sql.layer import SqlLayer
from framework.testing.until import PATIENCE, until
from tests.framework.sql.conftest import MakeLayer
from tests.framework.sql.falling_silent import falling_silent
from tests.framework.sql.test_layer import Box, Thing

WAYS = ("transaction", "snapshot_read", "autocommit_read")
MOMENTS = ("connect", "before_cursor_execute", "reset")
NAP = sa.text("SELECT pg_sleep(0.001)")


async def look(layer: SqlLayer, way: str) -> None:
    async with getattr(layer, way)() as reader:
        await (await reader.held.connection()).execute(NAP)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_callers_cut_off_leave_no_connection_behind(
    make_layer: MakeLayer, database_url: str, caplog: pytest.LogCaptureFixture, moment: str
) -> None:
    made = await make_layer(Box, Thing)
    layer = SqlLayer(made.domain, open_engine(database_url, connections=1))
    looking: asyncio.Task[None] | None = None

    def cut_off(*_: Any) -> None:
        if looking is not None:
            looking.cancel()

    try:
        sa.event.listen(layer.engine.sync_engine, moment, cut_off)
        for number in range(60):
            looking = asyncio.create_task(look(layer, WAYS[number % len(WAYS)]))
            await asyncio.gather(looking, return_exceptions=True)
        looking = None
        gc.collect()
        # More than the pool has: they get through only if no slot is lost.
        await asyncio.gather(*(look(layer, way) for way in WAYS))
        gc.collect()
        assert layer.engine.pool.status().endswith("Checked out connections: 0")
        assert [record.getMessage() for record in caplog.records if record.name.startswith(("sqlalchemy", "psy"))] == []
    finally:
        await dispose(layer.engine)


async def test_connections_close_though_a_server_that_says_nothing_is_still_being_connected_to(
    database_url: str,
) -> None:
    async with falling_silent(database_url) as server:
        server.silent = True
        engine = open_engine(f"{server.url}?connect_timeout=3600")

        async def connect() -> None:
            async with pooled_connection(engine):
                pytest.fail("nobody answers")

        connecting = asyncio.create_task(connect())
        await until(lambda: server.connections > 0)
        connecting.cancel()
        await asyncio.gather(connecting, return_exceptions=True)
        await asyncio.wait_for(dispose(engine), PATIENCE)


async def test_whoever_waits_for_a_connection_is_counted(make_layer: MakeLayer, database_url: str) -> None:
    made = await make_layer(Box, Thing)
    layer = SqlLayer(made.domain, open_engine(database_url, connections=1), open_engine(database_url, connections=1))
    async with layer.autocommit_read() as reader:
        await reader.count(made.domain.of(Thing), None)
        other = asyncio.create_task(look(layer, "autocommit_read"))
        await until(lambda: layer.reading.waiting == 1)
    await asyncio.wait_for(other, PATIENCE)
    assert (layer.reading.waiting, layer.writing.waiting) == (0, 0)
    await layer.close()
