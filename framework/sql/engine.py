"""Opening and closing the connections to PostgreSQL."""

from __future__ import annotations

import select
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from framework.errors import Invalid
from framework.spec.domain import DomainSpec
from framework.sql.answering import AnsweringConnection, connect_arguments
from framework.sql.application_role import ROLE, let_in
from framework.sql.array_text import write_arrays_quickly
from framework.sql.connections import pooled_connection
from framework.sql.definitions.schema import managed_tables, schemas_of
from framework.sql.definitions.server_extensions import create_extension, needed_extensions
from framework.sql.definitions.tenant_walls import wall_of
from framework.sql.layer import SqlLayer
from framework.sql.timeouts import DEFAULT_TIMEOUTS, Timeouts

POOL_SECONDS = 10.0
PREPARED = 500
# What our reading of values relies on, whatever the server's configuration says.
SESSION = ("SET TIME ZONE 'UTC'", "SET datestyle = 'ISO'", "SET intervalstyle = 'postgres'")


def open_engine(
    url: str, *, connections: int = 10, timeouts: Timeouts = DEFAULT_TIMEOUTS, wait: float = POOL_SECONDS
) -> AsyncEngine:
    """An engine for a `postgresql://` address (`?host=/folder` for a socket); nothing connects until it is used.

    There are so many connections at most; for one that is free, `wait` seconds are waited.

    A connection that the server closed while it was idle is noticed before it is used, without a round trip:
    its socket has something to read. So a restarted PostgreSQL costs no failed request. One over which the server says
    nothing for longer than a statement may take is closed.
    """
    where = address(url)
    engine = create_async_engine(
        where,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=wait,
        connect_args={**connect_arguments(where), "async_creator_fn": AnsweringConnection.connect},
        json_serializer=orjson.dumps,
        json_deserializer=orjson.loads,
        use_native_hstore=False,
        query_cache_size=1000,
        hide_parameters=True,
    )
    sa.event.listen(engine.sync_engine, "connect", _prepare_statements)
    sa.event.listen(engine.sync_engine, "connect", write_arrays_quickly)
    set_on_connect(engine.sync_engine, *timeouts.statements)
    sa.event.listen(engine.sync_engine, "connect", partial(_wait_for_answers, timeouts.silence))
    sa.event.listen(engine.sync_engine, "checkout", _still_there)
    return engine


def set_on_connect(engine: sa.Engine, *settings: str) -> None:
    """Has each of its connections begin with what our reading of values relies on, and with these settings."""
    sa.event.listen(engine, "connect", partial(_begin_with, "; ".join((*SESSION, *settings))))


@asynccontextmanager
async def open_layer(
    domain: DomainSpec,
    url: str,
    *,
    connections: int = 10,
    timeouts: Timeouts = DEFAULT_TIMEOUTS,
    role: str = ROLE,
) -> AsyncIterator[SqlLayer]:
    """The domain's records at that address; the connections are closed at the end of the block."""
    engines = [open_engine(url, connections=connections, timeouts=timeouts) for _ in range(2)]
    layer = SqlLayer(domain, *engines, role=role)
    try:
        yield layer
    finally:
        await layer.close()


def address(url: str) -> sa.URL:
    """The address with our driver; raises Invalid for what is not PostgreSQL's."""
    try:
        parts = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise _bad_address() from None
    if parts.get_backend_name() not in ("postgresql", "postgres"):
        raise _bad_address()
    return parts.set(drivername="postgresql+psycopg")


async def create_tables(layer: SqlLayer) -> None:
    """All tables of the domain that are ours, without migrations: for tests and scratch work."""
    async with pooled_connection(layer.engine) as connection, connection.begin():
        managed = managed_tables(layer.schema)
        for name in needed_extensions(managed):
            await connection.exec_driver_sql(create_extension(name))
        for name in schemas_of(layer.schema):
            await connection.execute(sa.schema.CreateSchema(name, if_not_exists=True))
        await connection.run_sync(partial(layer.schema.metadata.create_all, tables=managed))
        for wall in filter(None, map(wall_of, managed)):
            await connection.exec_driver_sql(wall.raised)
        await connection.run_sync(let_in, layer.schema, layer.role)


async def drop_tables(layer: SqlLayer) -> None:
    """None of our tables of the domain any more; their schemas stay."""
    async with pooled_connection(layer.engine) as connection, connection.begin():
        await connection.run_sync(partial(layer.schema.metadata.drop_all, tables=managed_tables(layer.schema)))


def _bad_address() -> Invalid:
    return Invalid(
        "the address of the database is not one of PostgreSQL's",
        code="bad_database_url",
        path=("DATABASE_URL",),
        hint="write postgresql://user:password@host:5432/name",
    )


def _prepare_statements(connection: Any, _: Any) -> None:
    connection.driver_connection.prepared_max = PREPARED


def _begin_with(settings: str, connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(settings)
    cursor.close()
    connection.commit()


def _wait_for_answers(silence: float | None, connection: Any, _: Any) -> None:
    connection.driver_connection.silence = silence


def _still_there(connection: Any, _: Any, __: Any) -> None:
    driver = connection.driver_connection
    if driver.closed or _readable(driver.fileno()):
        raise sa.exc.DisconnectionError("the server closed the connection while it was idle")


def _readable(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(poll.poll(0))
