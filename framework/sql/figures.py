"""Figures of a database: how the pool stands, how large the tables are, what holds everybody up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from framework.figures import Figure
from framework.sql.connections import Shares, pooled_connection
from framework.sql.definitions.quoting import PREPARER
from framework.sql.layer import SqlLayer
from framework.sql.transaction import connected

POOL = "dspex_pool_connections"
POOL_ABOUT = "Connections to the database, by use and whether they are taken; `most` is how many there may be."
WAITING = "dspex_pool_waiting"
WAITING_ABOUT = "Statements and transactions that wait for a connection, or for their turn at a table."
UNANSWERED = "dspex_statements_unanswered_total"
UNANSWERED_ABOUT = "Statements that took too long, were held up, or met a database that was away, by code."
GIVEN_UP = ("database_unavailable", "record_locked", "statement_timeout", "table_busy")
SIZES = sa.text(
    "SELECT n.nspname || '.' || c.relname, coalesce(sum(pg_total_relation_size(p.oid)), 0),"
    " coalesce(sum(greatest(p.reltuples, 0)), 0)"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    # What is partitioned is as large as its partitions.
    " LEFT JOIN pg_class p ON p.oid IN (SELECT c.oid WHERE c.relkind <> 'p' UNION ALL"
    " SELECT t.relid FROM pg_partition_tree(c.oid) t WHERE c.relkind = 'p' AND t.isleaf)"
    " WHERE c.oid = ANY (CAST(:tables AS regclass[])) GROUP BY c.oid, n.nspname, c.relname"
)
# Events wait for the oldest of these, in all databases of the server.
OLDEST_WRITER = sa.text(
    "SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0)"
    " FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND datname = current_database() AND pid <> pg_backend_pid()"
)


def pool_figures(layer: SqlLayer, upkeep: SqlLayer) -> list[Figure]:
    """How many connections are in use, idle, and possible, how many wait for one, and what was not answered."""
    return [
        *_of_pool("reads", layer.reads, layer.reading),
        *_of_pool("writes", layer.engine, layer.writing),
        *_of_pool("upkeep", upkeep.engine, upkeep.writing),
    ]


def exhausted(layer: SqlLayer) -> str | None:
    """What to say where all connections for one use are taken; None while there are some."""
    told = [
        f"all {pool.size()} for {use} are in use: requests wait"
        for use, pool in _pools(layer).items()
        if pool.checkedout() >= pool.size()
    ]
    return "; ".join(told) or None


def _of_pool(use: str, engine: AsyncEngine, shares: Shares) -> Iterator[Figure]:
    yield Figure(WAITING, WAITING_ABOUT, shares.waiting, {"for": use})
    # Told before it happens for the first time: a rate needs a beginning.
    for code, number in {**dict.fromkeys(GIVEN_UP, 0), **shares.unanswered}.items():
        yield Figure(UNANSWERED, UNANSWERED_ABOUT, number, {"for": use, "code": code})
    if isinstance(pool := engine.pool, QueuePool):
        for state, value in (("in_use", pool.checkedout()), ("idle", pool.checkedin()), ("most", pool.size())):
            yield Figure(POOL, POOL_ABOUT, value, {"for": use, "state": state})


def _pools(layer: SqlLayer) -> dict[str, QueuePool]:
    found = {"reads": layer.reads.pool, "writes": layer.engine.pool}
    return {use: pool for use, pool in found.items() if isinstance(pool, QueuePool)}


async def database_figures(layer: SqlLayer) -> list[Figure]:
    """The sizes of the tables that are ours, and the age of the oldest transaction that writes.

    Raises Unavailable when the database does not answer.
    """
    with connected(layer.schema):
        async with pooled_connection(layer.engine.execution_options(isolation_level="AUTOCOMMIT")) as connection:
            names = [PREPARER.format_table(table) for table in layer.schema.metadata.tables.values()]
            sizes = [(*row,) for row in await connection.execute(SIZES, {"tables": names})]
            ((oldest,),) = (await connection.execute(OLDEST_WRITER)).all()
    return [*_of_tables(sizes), Figure("dspex_oldest_writer_seconds", "Age of the oldest writing transaction.", oldest)]


def _of_tables(found: Sequence[tuple[str, int, float]]) -> Iterator[Figure]:
    for name, size, rows in found:
        labels = {"table": name.removeprefix("public.")}
        yield Figure("dspex_table_bytes", "Size of a table, indexes included.", size, labels)
        yield Figure("dspex_table_rows", "Rows of a table, as PostgreSQL estimates.", rows, labels)
