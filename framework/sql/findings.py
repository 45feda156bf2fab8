"""What a look at a PostgreSQL finds: its version, its settings, its clock, what holds it up and what was left in it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from framework.errors import Unavailable
from framework.findings import Finding, bad, ok, size, span, warn
from framework.sql.connections import pooled_connection

OLDEST_VERSION = 14
# What a leased job, a cursor and a log line can bear between two clocks.
CLOCKS_APART, CLOCKS_FAR_APART = 1.0, 5.0
# From when on a transaction, or a slot without a reader, holds others up.
LONG_SECONDS, VERY_LONG_SECONDS = 60.0, 600.0
WAL_BYTES = 10**9
DEAD_ROWS, DEAD_SHARE = 10_000, 0.2
# PostgreSQL stops taking writes at about two thousand million.
OLD_TRANSACTIONS = 1_000_000_000

SETTINGS = "SELECT name, setting FROM pg_settings WHERE name = ANY(:names)"
WANTED = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "autovacuum": "on"}
CONNECTIONS = (
    "SELECT count(*), current_setting('max_connections')::int FROM pg_stat_activity"
    " WHERE backend_type = 'client backend'"
)
TRANSACTIONS = (
    "SELECT pid, coalesce(datname, ''), coalesce(state, ''),"
    " backend_xid IS NOT NULL AND datname = current_database(),"
    " extract(epoch FROM clock_timestamp() - xact_start)::float FROM pg_stat_activity"
    " WHERE (backend_xid IS NOT NULL OR backend_xmin IS NOT NULL) AND backend_type = 'client backend'"
    " AND pid <> pg_backend_pid() AND clock_timestamp() - xact_start >= make_interval(secs => :seconds)"
    " ORDER BY 4 DESC, xact_start LIMIT 1"
)
PREPARED = (
    "SELECT gid, database, extract(epoch FROM clock_timestamp() - prepared)::float FROM pg_prepared_xacts"
    " ORDER BY prepared LIMIT 1"
)
SLOTS = (
    "SELECT slot_name, active, coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::float"
    " FROM pg_replication_slots ORDER BY 3 DESC"
)
TABLES = (
    "SELECT schemaname || '.' || relname, n_dead_tup, n_live_tup FROM pg_stat_user_tables"
    " WHERE n_dead_tup > :rows AND n_dead_tup > :share * (n_live_tup + n_dead_tup) ORDER BY n_dead_tup DESC"
)
AGE = "SELECT datname, age(datfrozenxid) FROM pg_database ORDER BY 2 DESC LIMIT 1"
# One that is just being built is not valid yet either.
INVALID = (
    "SELECT i.indexrelid::regclass::text FROM pg_index i WHERE NOT i.indisvalid"
    " AND i.indexrelid NOT IN (SELECT index_relid FROM pg_stat_progress_create_index) ORDER BY 1"
)
UNVALIDATED = "SELECT conrelid::regclass::text || '.' || conname FROM pg_constraint WHERE NOT convalidated ORDER BY 1"

Look = Callable[[AsyncConnection], Awaitable[Finding]]
Rows = Sequence[Sequence[Any]]


async def found_by(look: Look, engine: AsyncEngine) -> Finding:
    """What it finds, over a connection of its own; raises Unavailable with what the driver says."""
    try:
        async with pooled_connection(engine.execution_options(isolation_level="AUTOCOMMIT")) as connection:
            return await look(connection)
    except sa.exc.SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).strip().splitlines()
        hint = "start PostgreSQL, or mend DATABASE_URL"
        raise Unavailable(
            f"the database: {said[0] if said else error}", code="database_unavailable", hint=hint
        ) from error


async def server(connection: AsyncConnection) -> Finding:
    """Its version, and whether what was committed survives."""
    ((number,),) = await _rows(connection, "SELECT current_setting('server_version_num')::int")
    found = await _rows(connection, SETTINGS, names=[*WANTED])
    off = [f"{name} is {value}" for name, value in found if value != WANTED[name]]
    says = f"PostgreSQL {number // 10_000}.{number % 10_000}"
    if number < OLDEST_VERSION * 10_000:
        return bad(f"{says} is too old", f"update it to version {OLDEST_VERSION} or newer")
    if off:
        return warn(
            f"{says}: {', '.join(off)}", "turn them on: without, a crash loses what was committed, or dead rows pile up"
        )
    return ok(says)


async def connections(connection: AsyncConnection) -> Finding:
    """How many of those that there may be are taken."""
    ((taken, most),) = await _rows(connection, CONNECTIONS)
    says = f"{taken} of {most} connections are taken"
    return (
        ok(says)
        if taken < 0.8 * most
        else warn(says, "raise max_connections, run fewer processes, or put a pooler between")
    )


async def clock(connection: AsyncConnection) -> Finding:
    """By how much its clock differs from that of this machine."""
    asked = time.time()
    ((theirs,),) = await _rows(connection, "SELECT extract(epoch FROM clock_timestamp())::float")
    return clocks("the database", theirs, asked, time.time())


def clocks(whose: str, theirs: float, asked: float, answered: float) -> Finding:
    """How far apart a clock and ours are, when the answer took its time; what cannot be told apart is none."""
    apart = max(asked - theirs, theirs - answered, 0.0)
    says = f"the clock of {whose} is {span(apart)} {'ahead of' if theirs > answered else 'behind'} that of this machine"
    if apart < CLOCKS_APART:
        return ok(f"the clocks of {whose} and this machine agree")
    return (bad if apart >= CLOCKS_FAR_APART else warn)(
        says, "have both set by NTP: times of records and of logs do not fit"
    )


async def transactions(connection: AsyncConnection) -> Finding:
    """The oldest long transaction; one that writes before all others: it holds back events, not dead rows alone."""
    found = await _rows(connection, TRANSACTIONS, seconds=LONG_SECONDS)
    if not found:
        return ok("no long transaction")
    ((pid, database, state, writes, age),) = found
    holds = "events and dead rows" if writes else "dead rows"
    says = f"the transaction of process {pid} in `{database}` ({state}) has held {holds} for {span(age)}"
    judge = bad if writes and age >= VERY_LONG_SECONDS else warn
    return judge(says, f"end it if nobody needs it: SELECT pg_terminate_backend({pid})")


async def prepared(connection: AsyncConnection) -> Finding:
    """Transactions that were prepared and forgotten."""
    found = await _rows(connection, PREPARED)
    if not found or found[0][2] < LONG_SECONDS:
        return ok("no prepared transaction is left")
    ((name, database, age),) = found
    says = f"the prepared transaction `{name}` in `{database}` has held events and dead rows for {span(age)}"
    return bad(says, f"end it there: ROLLBACK PREPARED '{name}', or COMMIT PREPARED")


async def slots(connection: AsyncConnection) -> Finding:
    """Replication slots that nobody reads, or that are far behind."""
    found = [
        (name, active, kept) for name, active, kept in await _rows(connection, SLOTS) if not active or kept > WAL_BYTES
    ]
    if not found:
        return ok("no replication slot is left behind")
    told = [f"`{name}` ({'behind' if active else 'unread'}, keeps {size(kept)} of WAL)" for name, active, kept in found]
    says = f"replication slots: {', '.join(told)}"
    judge = bad if any(kept > WAL_BYTES for *_, kept in found) else warn
    return judge(says, "start whoever reads them, or drop them: SELECT pg_drop_replication_slot('…')")


async def tables(connection: AsyncConnection) -> Finding:
    """Dead rows that nobody clears away, and the age of the oldest transaction number."""
    ((database, age),) = await _rows(connection, AGE)
    if age > OLD_TRANSACTIONS:
        says = f"the oldest transaction number of `{database}` is {age:,} old: at 2,000,000,000 writes are refused"
        return bad(says, "run VACUUM (FREEZE) there, and see why autovacuum does not")
    found = await _rows(connection, TABLES, rows=DEAD_ROWS, share=DEAD_SHARE)
    if not found:
        return ok("no table is full of dead rows")
    told = [f"{name} ({dead:,} of {dead + live:,})" for name, dead, live in found[:3]]
    return warn(f"dead rows: {', '.join(told)}", "run VACUUM on them, after what holds them has ended")


async def left_by_steps(connection: AsyncConnection) -> Finding:
    """What online steps that were halted have left: indexes that serve nobody, rules that were never looked through."""
    indexes = [name for (name,) in await _rows(connection, INVALID)]
    rules = [name for (name,) in await _rows(connection, UNVALIDATED)]
    told = [
        *(f"the index {name} is invalid" for name in indexes),
        *(f"the rule {name} is not validated" for name in rules),
    ]
    if not told:
        return ok("no step has left an index or a rule half made")
    do = (
        "run dspex migrate to the end; what is left then: REINDEX INDEX CONCURRENTLY, ALTER TABLE … VALIDATE CONSTRAINT"
    )
    return warn("; ".join(told[:5]), do)


async def _rows(connection: AsyncConnection, statement: str, **values: Any) -> Rows:
    return [(*row,) for row in await connection.execute(sa.text(statement), values)]


LOOKS: Mapping[str, Look] = {
    "database connections": connections,
    "database clock": clock,
    "long transactions": transactions,
    "prepared transactions": prepared,
    "replication slots": slots,
    "tables": tables,
    "online steps": left_by_steps,
}
