"""The data layer over PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from framework.data.answers import answered_within
from framework.data.effects import run_effects
from framework.data.protocols import Commit, Reads, Transaction
from framework.spec.domain import DomainSpec
from framework.sql.application_role import ROLE
from framework.sql.clauses.horizon import SAYS_NOTHING
from framework.sql.clauses.table_scope import Schema
from framework.sql.connections import OnDemand, Shares, dispose, pooled_connection
from framework.sql.definitions.schema import schema_of
from framework.sql.statements.prepared import Statements
from framework.sql.tenant_walls import OURS, Walls, keep_out
from framework.sql.transaction import SqlReads, SqlTransaction, State, connected

PING_SECONDS = 3.0
SNAPSHOT: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
FIRST: Mapping[Commit, sa.TextClause] = {
    Commit.SOON: sa.text("SET LOCAL synchronous_commit TO off"),
    Commit.SILENT: sa.text(f"SELECT set_config('synchronous_commit', 'off', true), {SAYS_NOTHING}"),
}


class SqlLayer:
    """Records in PostgreSQL. A transaction sees what others commit meanwhile; a reading sees one moment."""

    def __init__(
        self,
        domain: DomainSpec,
        engine: AsyncEngine,
        reads: AsyncEngine | None = None,
        *,
        schema: Schema | None = None,
        role: str = ROLE,
    ) -> None:
        """Transactions go by `engine`, what only reads by `reads`, if there is another: neither waits for the other.

        Where anything belongs to tenants, it is met in that `role`, which the walls around them hold.
        """
        self.domain = domain
        self.engine = engine
        self.reads = reads or engine
        self.schema = schema or schema_of(domain)
        self._statements = Statements(self.schema)
        self.writing = Shares(engine)
        self.reading = self.writing if reads is None else Shares(reads)
        self._ping: asyncio.Task[None] | None = None
        self.role, self.walls = role, Walls.of(domain, role)
        ours: dict[str, Any] = {} if self.walls is None else {OURS: True}
        self._writes = engine.execution_options(**ours)
        self._single = self.reads.execution_options(isolation_level="AUTOCOMMIT", **ours)
        self._snapshots = self.reads.execution_options(**SNAPSHOT, **ours)
        if self.walls is not None:
            for each in self.engines:
                keep_out(each.sync_engine, self.walls)

    @asynccontextmanager
    async def transaction(self, commit: Commit = Commit.DURABLE) -> AsyncIterator[Transaction]:
        """A transaction: committed when the block ends, rolled back when it raises."""
        with connected(self.schema):
            async with OnDemand(self._writes, self.writing, FIRST.get(commit)).block() as held:
                state = State(commit)
                yield SqlTransaction(self._statements, held, self.walls, state)
                state.refuse_if_failed()
                if held.taken is not None:
                    await held.taken.commit()
        await run_effects(state.effects)

    @asynccontextmanager
    async def snapshot_read(self) -> AsyncIterator[Reads]:
        """One consistent look at what is committed."""
        with connected(self.schema):
            async with OnDemand(self._snapshots, self.reading).block() as held:
                yield SqlReads(self._statements, held, self.walls)

    @asynccontextmanager
    async def autocommit_read(self) -> AsyncIterator[Reads]:
        """A look in which each statement is on its own: no snapshot, which would cost two more round trips."""
        with connected(self.schema):
            async with OnDemand(self._single, self.reading).block() as held:
                yield SqlReads(self._statements, held, self.walls)

    async def close(self) -> None:
        """Closes all connections."""
        if self._ping is not None:
            self._ping.cancel()
        for engine in self.engines:
            await dispose(engine)

    @property
    def engines(self) -> tuple[AsyncEngine, ...]:
        """All by which statements are sent."""
        return tuple(dict.fromkeys((self.engine, self.reads)))

    async def ping(self) -> None:
        """Returns when the store answers; raises Unavailable.

        However many ask meanwhile, one connection is waited for: those of a server that says nothing are soon gone.
        """
        if self._ping is None or self._ping.done() or self._ping.get_loop() is not asyncio.get_running_loop():
            self._ping = asyncio.create_task(answered_within(PING_SECONDS, self._answered()))
        await asyncio.shield(self._ping)

    async def _answered(self) -> None:
        with connected(self.schema):
            async with pooled_connection(self._single) as connection:
                await connection.execute(sa.text("SELECT 1"))
