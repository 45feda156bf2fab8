"""Kept statements, which go to the driver by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from decimal import Decimal
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from framework.compiler.domain import Domain, compile_domain
from framework.data.protocols import Row, Transaction
from framework.data.selection import Selection
from framework.declare.attributes import Attr, attribute, sequence_key
from framework.declare.resource import Resource
from framework.errors import Conflict, Unavailable
from framework.sql import answering
from framework.sql.engine import create_tables, drop_tables, open_engine, open_layer
from framework.sql.layer import SqlLayer
from framework.sql.statements.prepared import Prepared
from framework.sql.transaction import SqlTransaction
from framework.sql.watch import watched
from framework.testing.until import until
from tests.framework.sql.conftest import MakeLayer
from tests.framework.sql.test_layer import Box, Thing

PID = sa.text("SELECT pg_backend_pid()")


@pytest.fixture
async def layer(make_layer: MakeLayer, database_url: str) -> AsyncIterator[SqlLayer]:
    """Boxes, by one connection."""
    made = await make_layer(Box, Thing)
    layer = SqlLayer(made.domain, open_engine(database_url, connections=1))
    yield layer
    await layer.close()


async def look(layer: SqlLayer) -> int:
    """The process of the server that was asked for the boxes."""
    async with layer.transaction() as transaction:
        await boxes(transaction)
        return await backend(transaction)


async def boxes(transaction: Transaction) -> list[Row]:
    assert isinstance(transaction, SqlTransaction)
    return await transaction.read(Selection(transaction.statements.schema.domain.of(Box), ("id",)))


async def backend(transaction: Transaction) -> int:
    assert isinstance(transaction, SqlTransaction)
    return int((await (await transaction.held.connection()).execute(PID)).scalar_one())


async def waits(holder: psycopg.AsyncConnection[Any], process: int) -> bool:
    """Whether that process of the server waits for what another holds."""
    found = await holder.execute("SELECT count(*) FROM pg_locks WHERE pid = %s AND NOT granted", (process,))
    return await found.fetchone() == (1,)


async def cut_off(layer: SqlLayer, database_url: str, process: int) -> None:
    """Cancels a look at the boxes while that process of the server waits for them; it waits no more."""
    async with await psycopg.AsyncConnection.connect(database_url) as holder:
        await holder.execute("LOCK TABLE boxes IN ACCESS EXCLUSIVE MODE")
        looking = asyncio.create_task(look(layer))
        await until(lambda: waits(holder, process))
        looking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await looking
        assert not await waits(holder, process)


async def test_a_statement_that_is_cut_off_is_ended_and_its_connection_kept(layer: SqlLayer, database_url: str) -> None:
    before = await look(layer)
    await cut_off(layer, database_url, before)
    assert await look(layer) == before


async def test_who_has_the_connection_next_is_waited_for_as_long_as_ever(
    layer: SqlLayer, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "CANCEL_SECONDS", 1.0)
    before = await look(layer)
    await cut_off(layer, database_url, before)
    async with layer.transaction() as transaction:
        assert await backend(transaction) == before
        assert isinstance(transaction, SqlTransaction)
        await transaction.run(Prepared(sa.text("SELECT pg_sleep(1.6)"), {}))


async def test_a_transaction_in_which_a_statement_was_cut_off_has_failed(layer: SqlLayer, database_url: str) -> None:
    async def write(holder: psycopg.AsyncConnection[Any]) -> None:
        async with layer.transaction() as transaction:
            await transaction.insert(layer.domain.of(Box), [{"label": "a"}])
            reading = asyncio.create_task(transaction.read(Selection(layer.domain.of(Thing), ("id",))))
            await until(lambda: waits(holder, mine))
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading

    mine = await look(layer)
    async with await psycopg.AsyncConnection.connect(database_url) as holder:
        await holder.execute("LOCK TABLE things IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(Conflict, match="cut off"):
            await write(holder)
    async with layer.transaction() as transaction:
        assert await boxes(transaction) == []


async def test_a_connection_that_is_lost_is_not_used_again(
    layer: SqlLayer, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    lost = await look(layer)

    async def lose() -> None:
        async with layer.transaction() as transaction:
            await boxes(transaction)
            async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as other:
                await other.execute("SELECT pg_terminate_backend(%s, 5000)", (lost,))
            await boxes(transaction)

    with pytest.raises(Unavailable):
        await lose()
    assert await look(layer) != lost
    assert [record.getMessage() for record in caplog.records if record.name.startswith("sqlalchemy")] == []


async def test_what_they_did_is_taken_back_with_their_transaction(layer: SqlLayer) -> None:
    async def give_up() -> None:
        async with layer.transaction() as transaction:
            await transaction.insert(layer.domain.of(Box), [{"label": "a"}])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await give_up()
    async with layer.transaction() as transaction:
        assert await boxes(transaction) == []
        await transaction.insert(layer.domain.of(Box), [{"label": "b"}])
    async with layer.transaction() as transaction:
        assert len(await boxes(transaction)) == 1


async def test_whoever_watches_is_told_of_them(layer: SqlLayer) -> None:
    said: list[str] = []
    with watched(layer, said.append):
        await look(layer)
    assert [text.split()[0] for text in said] == ["SELECT", "SELECT"]
    assert "FROM boxes" in said[0]


async def test_a_number_is_read_by_what_its_column_is_today(database_url: str) -> None:
    class Weighed(Resource):
        id: Attr[int] = sequence_key()
        weight: Attr[Decimal] = attribute()

    domain = compile_domain(Domain("scales", [Weighed]))
    wanted = Selection(domain.of(Weighed), ("weight",))
    async with (
        await psycopg.AsyncConnection.connect(database_url, autocommit=True) as other,
        open_layer(domain, database_url, connections=1) as scales,
    ):
        await create_tables(scales)
        async with scales.transaction() as transaction:
            await transaction.insert(domain.of(Weighed), [{"weight": Decimal(7)}])
        for kind in ("numeric", "double precision", "numeric"):
            await other.execute(f"ALTER TABLE weigheds ALTER weight TYPE {kind}")
            async with scales.autocommit_read() as reader:
                ((weight,),) = [row.values() for row in await reader.read(wanted)]
            assert (type(weight), weight) == (Decimal, Decimal(7))
        await drop_tables(scales)
