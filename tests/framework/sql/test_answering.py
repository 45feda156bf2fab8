"""A server that says nothing and closes nothing is not waited for without end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import sqlalchemy as sa

from framework.errors import Unavailable
from framework.sql import answering, timeouts
from framework.sql import layer as sql_layer
from framework.sql.answering import AnsweringConnection, connect_arguments
from framework.sql.engine import create_tables, open_layer
from framework.sql.layer import SqlLayer
from framework.sql.statements.prepared import Prepared
from framework.sql.timeouts import Timeouts
from framework.testing.contract.rows import LIBRARY, SHELF
from framework.testing.until import PATIENCE, until
from tests.framework.sql.falling_silent import FallingSilent, falling_silent

ONE = Prepared(sa.text("SELECT 1"), {})


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes seconds elsewhere."""
    monkeypatch.setattr(timeouts, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(answering, "CANCEL_SECONDS", 0.3)
    monkeypatch.setattr(AnsweringConnection, "silence", 0.5)


async def in_a_statement(layer: SqlLayer, server: FallingSilent) -> None:
    async with layer.transaction() as transaction:
        await transaction.run(ONE)  # type: ignore[attr-defined]  # this layer's
        server.silent = True
        await transaction.run(ONE)  # type: ignore[attr-defined]  # this layer's


async def in_a_commit(layer: SqlLayer, server: FallingSilent) -> None:
    async with layer.transaction() as transaction:
        await transaction.run(ONE)  # type: ignore[attr-defined]  # this layer's
        server.silent = True


async def in_a_rollback(layer: SqlLayer, server: FallingSilent) -> None:
    async with layer.transaction() as transaction:
        await transaction.run(ONE)  # type: ignore[attr-defined]  # this layer's
        server.silent = True
        raise Unavailable("what ends it", code="database_unavailable")


async def as_it_connects(layer: SqlLayer, server: FallingSilent) -> None:
    server.silent = True
    await layer.ping()


@pytest.mark.parametrize("wait", [in_a_statement, in_a_commit, in_a_rollback, as_it_connects])
async def test_every_wait_for_a_server_that_fell_silent_ends_and_costs_its_connection(
    database_url: str, wait: Callable[[SqlLayer, FallingSilent], Awaitable[None]]
) -> None:
    async with falling_silent(database_url) as server:
        bounds = Timeouts(statement=0.5)
        async with open_layer(LIBRARY, f"{server.url}?connect_timeout=2", connections=1, timeouts=bounds) as layer:
            with pytest.raises(Unavailable) as caught:
                await asyncio.wait_for(wait(layer, server), PATIENCE)
            assert caught.value.issues[0].code == "database_unavailable"
            server.silent = False
            await asyncio.wait_for(layer.ping(), PATIENCE)


async def test_whoever_is_cancelled_while_the_server_says_nothing_is_told_that_and_nothing_else(
    fresh_database_url: str,
) -> None:
    """Or what goes on until it is cancelled would go on for ever."""
    bounds = Timeouts(statement=30.0)
    async with (
        falling_silent(fresh_database_url) as server,
        open_layer(LIBRARY, server.url, connections=1, timeouts=bounds) as layer,
    ):
        await create_tables(layer)
        asked = asyncio.Event()

        async def look() -> None:
            async with layer.transaction() as transaction:
                await transaction.count(SHELF, None)
                server.silent = True
                asked.set()
                await transaction.count(SHELF, None)

        looking = asyncio.create_task(look())
        await asked.wait()
        await asyncio.sleep(0.1)
        looking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(looking, PATIENCE)
        server.silent = False
        await asyncio.wait_for(layer.ping(), PATIENCE)


async def test_a_server_that_falls_silent_in_a_kept_statement_is_given_up(fresh_database_url: str) -> None:
    bounds = Timeouts(statement=0.5)
    async with (
        falling_silent(fresh_database_url) as server,
        open_layer(LIBRARY, server.url, connections=1, timeouts=bounds) as layer,
    ):
        await create_tables(layer)

        async def look() -> None:
            async with layer.transaction() as transaction:
                await transaction.count(SHELF, None)
                server.silent = True
                await transaction.count(SHELF, None)

        with pytest.raises(Unavailable):
            await asyncio.wait_for(look(), PATIENCE)
        server.silent = False
        await asyncio.wait_for(layer.ping(), PATIENCE)


async def test_a_server_that_says_nothing_after_the_login_is_given_up() -> None:
    """As one does that was stopped at that moment: what a connection is set to has a bound of its own."""

    async def login_only(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)
        writer.write(b"N")
        await reader.read(1024)
        writer.write(b"R\0\0\0\x08\0\0\0\0" + b"Z\0\0\0\x05I")
        await reader.read(-1)
        writer.close()

    server = await asyncio.start_server(login_only, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with open_layer(
        LIBRARY, f"postgresql://nobody@127.0.0.1:{port}/none", timeouts=Timeouts(statement=0)
    ) as layer:
        with pytest.raises(Unavailable):
            await asyncio.wait_for(layer.ping(), PATIENCE)
    server.close()


async def test_however_often_a_silent_server_is_asked_for_its_health_one_connection_is_waited_for(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_layer, "PING_SECONDS", 0.3)
    async with falling_silent(database_url) as server, open_layer(LIBRARY, server.url) as layer:
        await layer.ping()
        server.silent, server.connections = True, 0
        ends = await asyncio.gather(*(layer.ping() for _ in range(8)), return_exceptions=True)
        assert {type(end) for end in ends} == {Unavailable}
        assert server.connections <= 1
        await until(lambda: layer.reads.pool.checkedout() == 0)  # type: ignore[attr-defined]  # this pool's


async def test_a_statement_that_takes_its_time_is_waited_for(database_url: str) -> None:
    """Longer than connecting may take, as what a connection waits is another thing once it is set up."""
    bounds = Timeouts(statement=30.0)
    async with open_layer(LIBRARY, database_url, timeouts=bounds) as layer, layer.transaction() as transaction:
        await transaction.run(Prepared(sa.text("SELECT pg_sleep(0.8)"), {}))  # type: ignore[attr-defined]


def test_what_the_address_says_of_its_socket_is_kept_to() -> None:
    bounds = connect_arguments(sa.make_url("postgresql://db/name?keepalives_idle=99&connect_timeout=1"))
    assert bounds == {"keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000}
