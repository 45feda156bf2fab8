"""Addresses, and what a connection is set to."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from framework.errors import Invalid, Unavailable
from framework.expr.nodes import equals
from framework.sql.engine import address, create_tables, open_engine, open_layer
from framework.sql.layer import SqlLayer
from framework.sql.statements.prepared import Prepared
from framework.sql.timeouts import Timeouts
from framework.testing.contract.rows import LIBRARY, SHELF, found, given, shelf
from framework.testing.until import until


def test_a_socket_is_named_in_the_query() -> None:
    found = address("postgresql://postgres@/postgres?host=/run/my%20sockets")
    assert (found.drivername, found.query["host"]) == ("postgresql+psycopg", "/run/my sockets")


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://localhost/x", "sqlite://"])
def test_another_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(Invalid) as caught:
        address(url)
    assert caught.value.issues[0].code == "bad_database_url"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"database": "nowhere"}, "there is no such database"),
        ({"username": "nobody"}, "the user or its password is wrong"),
    ],
)
async def test_a_server_that_refuses_says_why_and_names_nobody(
    database_url: str, change: dict[str, Any], says: str
) -> None:
    url = sa.make_url(database_url).set(**change).render_as_string(hide_password=False)
    async with open_layer(LIBRARY, url) as layer:
        with pytest.raises(Unavailable) as caught:
            await layer.ping()
    (issue,) = caught.value.issues
    assert (issue.code, issue.message) == ("database_refused", f"the database refuses the connection: {says}")
    assert issue.hint == "check the address in DATABASE_URL"


async def test_a_server_that_is_not_there_cannot_be_reached() -> None:
    async with open_layer(LIBRARY, "postgresql://nobody@127.0.0.1:1/none") as layer:
        with pytest.raises(Unavailable, match="the database cannot be reached"):
            await layer.ping()


async def test_who_waits_for_a_record_gives_up_and_frees_the_connection(fresh_database_url: str) -> None:
    """One record held for long would have had all connections waiting for it, and every other call behind them."""
    timeouts = Timeouts(lock=0.2)
    async with open_layer(LIBRARY, fresh_database_url, connections=2, timeouts=timeouts) as layer:
        await create_tables(layer)
        held = shelf("held")
        await given(layer, SHELF, held)
        where = equals(id=held["id"])

        async def change() -> None:
            async with layer.transaction() as transaction:
                await transaction.update(SHELF, where, {"name": "other"})

        async with layer.transaction() as holder:
            await holder.update(SHELF, where, {"name": "mine"})
            ends = await asyncio.gather(*(change() for _ in range(4)), return_exceptions=True)
            assert await found(layer, SHELF, "name") == ["held"]
        assert {(type(end), end.issues[0].code) for end in ends if isinstance(end, Unavailable)} == {
            (Unavailable, "record_locked")
        }
        assert len(ends) == 4
        assert await found(layer, SHELF, "name") == ["mine"]


async def test_a_statement_that_takes_too_long_is_given_up(database_url: str) -> None:
    async with open_layer(LIBRARY, database_url, timeouts=Timeouts(statement=0.1)) as layer:
        with pytest.raises(Unavailable) as caught:
            await slept(layer)
    assert caught.value.issues[0].code == "statement_timeout"


async def test_its_connection_lives_on(database_url: str) -> None:
    """What waits for a record or takes too long costs nobody a new connection."""
    async with open_layer(LIBRARY, database_url, connections=1, timeouts=Timeouts(statement=0.1)) as layer:
        before = await backend(layer)
        with pytest.raises(Unavailable):
            await slept(layer)
        assert await backend(layer) == before


async def backend(layer: SqlLayer) -> int:
    """The process of PostgreSQL that serves the one connection for transactions."""
    async with layer.engine.connect() as connection:
        return int((await connection.execute(sa.text("SELECT pg_backend_pid()"))).scalar_one())


async def slept(layer: SqlLayer) -> None:
    async with layer.transaction() as transaction:
        await transaction.run(Prepared(sa.text("SELECT pg_sleep(5)"), {}))  # type: ignore[attr-defined]  # this layer's


async def test_a_transaction_in_which_nothing_is_asked_is_ended(fresh_database_url: str) -> None:
    timeouts = Timeouts(idle=0.1)
    async with (
        open_layer(LIBRARY, fresh_database_url) as patient,
        open_layer(LIBRARY, fresh_database_url, timeouts=timeouts) as layer,
    ):
        await create_tables(patient)
        with pytest.raises(Unavailable) as caught:
            await idled(layer, patient)
        assert caught.value.issues[0].code == "transaction_idle"
        assert await found(patient, SHELF, "name") == []


async def idled(layer: SqlLayer, watching: SqlLayer) -> None:
    async with layer.transaction() as transaction:
        await transaction.insert(SHELF, [shelf("a")])
        await until(lambda: nobody_is_idle_within_a_transaction(watching))
        await transaction.insert(SHELF, [shelf("b")])


async def nobody_is_idle_within_a_transaction(layer: SqlLayer) -> bool:
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in %'"
    async with layer.engine.connect() as connection:
        return bool(await connection.scalar(sa.text(asked)) == 0)


async def test_the_server_s_own_configuration_changes_nothing(database_url: str) -> None:
    engine = open_engine(f"{database_url}{'&' if '?' in database_url else '?'}options=-c%20TimeZone%3DAsia/Tokyo")
    try:
        async with engine.connect() as connection:
            assert (await connection.execute(sa.text("SHOW TimeZone"))).scalar() == "UTC"
    finally:
        await engine.dispose()
