"""Connections survive callers that are cancelled at any moment."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from framework.expr.nodes import Compare, Comparison, Node, Value, along
from framework.spec.resource import ResourceSpec
from framework.sql.connections import dispose, pooled_connection
from framework.sql.engine import create_tables, open_engine, open_layer
from framework.sql.layer import SqlLayer
from framework.testing.contract.rows import BOOK, LIBRARY, SHELF
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


@pytest.mark.usefixtures("small_heap")
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


async def read(layer: SqlLayer, resource: ResourceSpec, where: Node | None = None) -> int:
    async with layer.autocommit_read() as reader:
        return await reader.count(resource, where)


async def test_who_comes_to_a_locked_table_by_a_link_holds_no_more_of_the_pool_than_who_asks_for_it(
    fresh_database_url: str,
) -> None:
    on_shelf = Compare(Comparison.EQ, along("shelf", "name"), Value("a"))
    async with (
        open_layer(LIBRARY, fresh_database_url, connections=4) as layer,
        await psycopg.AsyncConnection.connect(fresh_database_url) as holder,
    ):
        await create_tables(layer)
        await holder.execute(f"LOCK TABLE {layer.schema.tables[SHELF.name]} IN ACCESS EXCLUSIVE MODE".encode())
        waiting = [
            asyncio.create_task(read(layer, resource, where))
            for _ in range(4)
            for resource, where in ((SHELF, None), (BOOK, on_shelf))
        ]
        # Half of the connections.
        await until(lambda: layer.reads.pool.checkedout() >= 2)  # type: ignore[attr-defined]  # this pool's
        for _ in range(3):
            assert await read(layer, BOOK) == 0
        assert layer.reads.pool.checkedout() == 2  # type: ignore[attr-defined]  # this pool's
        await holder.rollback()
        assert await asyncio.gather(*waiting) == [0] * 8


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
