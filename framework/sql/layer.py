"""The data layer over PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Self

import orjson
import psycopg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from framework.data.access_scope import AccessScope
from framework.data.answers import answered_within
from framework.data.effects import Effect, run_effects
from framework.data.partitions import Partitions
from framework.data.protocols import Commit, Reads, Row, Transaction
from framework.data.refusals import may_pass, transaction_failed, unreadable
from framework.data.selection import Selection
from framework.data.total import COUNTED, Total
from framework.errors import Failure
from framework.expr.nodes import Among, Node, Ref
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.sql.clauses.binding import parsed
from framework.sql.clauses.columns import StoredValueError
from framework.sql.clauses.table_scope import Schema
from framework.sql.connections import OnDemand, Shares, dispose, pooled_connection
from framework.sql.definitions.partitions import partitioned_by
from framework.sql.definitions.schema import schema_of
from framework.sql.statements.building import uniform
from framework.sql.statements.estimating import expected_rows
from framework.sql.statements.failing_row import failing_row
from framework.sql.statements.integrity import Statement, failure_of
from framework.sql.statements.partitions import SqlPartitions
from framework.sql.statements.prepared import Prepared, Statements
from framework.sql.statements.stored_values import unreadable_in

DATABASE_ERRORS = (sa.exc.SQLAlchemyError, psycopg.Error)
# A statement also fails where a value has no form that can be sent.
STATEMENT_ERRORS = (*DATABASE_ERRORS, UnicodeEncodeError, orjson.JSONEncodeError)
PING_SECONDS = 3.0
SNAPSHOT: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
SOON = sa.text("SET LOCAL synchronous_commit TO off")


class SqlLayer:
    """Records in PostgreSQL. A transaction sees what others commit meanwhile; a reading sees one moment."""

    def __init__(
        self, domain: DomainSpec, engine: AsyncEngine, reads: AsyncEngine | None = None, *, schema: Schema | None = None
    ) -> None:
        """Transactions go by `engine`, what only reads by `reads`, if there is another: neither waits for the other."""
        self.domain = domain
        self.engine = engine
        self.reads = reads or engine
        self.schema = schema or schema_of(domain)
        self._statements = Statements(self.schema)
        self.writing = Shares(engine)
        self.reading = self.writing if reads is None else Shares(reads)
        self._ping: asyncio.Task[None] | None = None
        self._single = self.reads.execution_options(isolation_level="AUTOCOMMIT")
        self._snapshots = self.reads.execution_options(**SNAPSHOT)

    @asynccontextmanager
    async def transaction(self, commit: Commit = Commit.DURABLE) -> AsyncIterator[Transaction]:
        """A transaction: committed when the block ends, rolled back when it raises."""
        first = SOON if commit is Commit.SOON else None
        with connected(self.schema):
            async with OnDemand(self.engine, self.writing, first).block() as held:
                state = _State()
                yield _SqlTransaction(self._statements, held, state)
                state.refuse_if_failed()
                if held.taken is not None:
                    await held.taken.commit()
        await run_effects(state.effects)

    @asynccontextmanager
    async def snapshot_read(self) -> AsyncIterator[Reads]:
        """One consistent look at what is committed."""
        with connected(self.schema):
            async with OnDemand(self._snapshots, self.reading).block() as held:
                yield _SqlReads(self._statements, held)

    @asynccontextmanager
    async def autocommit_read(self) -> AsyncIterator[Reads]:
        """A look in which each statement is on its own: no snapshot, which would cost two more round trips."""
        with connected(self.schema):
            async with OnDemand(self._single, self.reading).block() as held:
                yield _SqlReads(self._statements, held)

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


@dataclass(slots=True)
class _State:
    """What a transaction has done, through whichever scope."""

    effects: list[Effect] = field(default_factory=list)
    failed: Exception | None = None

    def refuse_if_failed(self) -> None:
        """Raises when a statement has failed and was caught."""
        if self.failed is not None:
            raise transaction_failed(self.failed) from self.failed


@dataclass(frozen=True, slots=True)
class _SqlReads:
    """Answers through one connection."""

    statements: Statements
    held: OnDemand

    def scoped(self, scope: AccessScope | None) -> Self:
        return replace(self, statements=self.statements.scoped(scope))

    async def read(self, selection: Selection) -> list[Row]:
        try:
            found = await self.run(self.statements.read(selection))
        except StoredValueError as error:
            raise await unreadable_in(selection, self.statements, await self.held.connection(), error) from error
        return [dict(zip(selection.values, row, strict=True)) for row in found]

    async def count(self, resource: ResourceSpec, where: Node | None) -> int:
        ((number,),) = await self.run(self.statements.count(resource, where))
        return int(number)

    async def estimate(self, resource: ResourceSpec, where: Node | None) -> Total:
        ((number,),) = await self.run(self.statements.count_up_to(resource, where, COUNTED + 1))
        if number <= COUNTED:
            return Total(int(number), is_exact=True)
        ((explained,),) = await self.run(self.statements.expected(resource, where))
        return Total(max(int(number), expected_rows(explained)), is_exact=False)

    async def run(self, prepared: Prepared, kind: Statement = Statement.READ) -> Sequence[sa.Row[Any]]:
        """All rows that the statement gives."""
        with self.held.shares.noted(), translated(self.statements.schema, kind, prepared):
            connection = await self.held.connection(prepared.tables)
            result = await connection.execute(prepared.statement, prepared.values)
            return result.all() if result.returns_rows else []


@dataclass(frozen=True, slots=True)
class _SqlTransaction(_SqlReads):
    """Reads and writes through one connection, inside its transaction.

    PostgreSQL gives a transaction up once a statement in it has failed, and takes a commit of it for a rollback. So
    whoever caught the failure is told, with the next statement or at the end of the block.
    """

    state: _State

    async def run(self, prepared: Prepared, kind: Statement = Statement.READ) -> Sequence[sa.Row[Any]]:
        self.state.refuse_if_failed()
        try:
            return await _SqlReads.run(self, prepared, kind)
        except Exception as failure:
            self.state.failed = failure
            raise

    async def insert(self, resource: ResourceSpec, rows: Sequence[Row]) -> list[Row]:
        if not rows:
            return []
        if not uniform(rows):
            return await self._insert_each(resource, rows)
        stored = await self._rows(resource, lambda: self.statements.insert(resource, rows), Statement.INSERT)
        return _in_order(resource, rows, stored)

    async def update_each(self, resource: ResourceSpec, changes: Mapping[Any, Row], where: Node | None) -> list[Row]:
        written = Among(Ref(resource.key.name), tuple(changes))
        return await self._rows(
            resource, lambda: self.statements.update_each(resource, changes, where), Statement.UPDATE, written
        )

    async def update(self, resource: ResourceSpec, where: Node, values: Row) -> list[Row]:
        return await self._rows(
            resource, lambda: self.statements.update(resource, where, values), Statement.UPDATE, where
        )

    async def delete(self, resource: ResourceSpec, where: Node) -> list[Row]:
        return await self._rows(resource, lambda: self.statements.delete(resource, where), Statement.DELETE)

    async def discard(self, resource: ResourceSpec, where: Node) -> int:
        ((number,),) = await self.run(self.statements.discard(resource, where), Statement.DELETE)
        return int(number)

    def partitions(self, resource: ResourceSpec) -> Partitions | None:
        by = partitioned_by(resource)
        return None if by is None else SqlPartitions(self.statements.schema.tables[resource.name], self._ran)

    def on_commit(self, effect: Effect) -> None:
        self.state.effects.append(effect)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        self.state.refuse_if_failed()
        with connected(self.statements.schema):
            nested = await (await self.held.connection()).begin_nested()
        effects = len(self.state.effects)
        try:
            yield
            self.state.refuse_if_failed()
        except Exception:
            with connected(self.statements.schema):
                await nested.rollback()
            self.state.failed = None
            del self.state.effects[effects:]
            raise
        with connected(self.statements.schema):
            await nested.commit()

    async def _ran(self, text: str, values: Mapping[str, Any]) -> Sequence[sa.Row[Any]]:
        return await self.run(Prepared(sa.text(text), values))

    async def _insert_each(self, resource: ResourceSpec, rows: Sequence[Row]) -> list[Row]:
        """Rows with different expressions, which have no statement in common."""
        stored: list[Row] = []
        for index, row in enumerate(rows):
            try:
                stored.extend(await self.insert(resource, [row]))
            except Failure as failure:
                if may_pass(failure):
                    raise
                raise failure.under(index) from failure
        return stored

    async def _rows(
        self, resource: ResourceSpec, prepare: Callable[[], Prepared], kind: Statement, written: Node | None = None
    ) -> list[Row]:
        """What is stored now; `written` finds it, so that a value which does not read is told with its record."""
        self.state.refuse_if_failed()
        names = tuple(resource.attributes)
        try:
            prepared = prepare()
        except Failure as failure:
            # A write that is refused before it is sent is a write that failed, as it is for every layer.
            self.state.failed = failure
            raise
        try:
            return [dict(zip(names, row, strict=True)) for row in await self.run(prepared, kind)]
        except StoredValueError as error:
            told = unreadable(resource, None, None, error.says)
            if written is not None:
                which = Selection(resource, names, written)
                told = await unreadable_in(which, self.statements, await self.held.connection(), error)
            raise told from error


def _in_order(resource: ResourceSpec, rows: Sequence[Row], stored: list[Row]) -> list[Row]:
    """The rows as they were given: by their keys, or as the database counted them."""
    key = resource.key.name
    keys = [parsed(row.get(key), resource.key.type) for row in rows]
    by_key = {row[key]: row for row in stored}
    if all(given in by_key for given in keys):
        return [by_key[given] for given in keys]
    return sorted(stored, key=lambda row: row[key])


@contextmanager
def connected(schema: Schema) -> Iterator[None]:
    """Raises our failures where a connection cannot be had, or a transaction not be ended."""
    try:
        yield
    except DATABASE_ERRORS as error:
        raise failure_of(error, schema) or error from error


@contextmanager
def translated(schema: Schema, kind: Statement, prepared: Prepared) -> Iterator[None]:
    """Raises our failures where a statement fails, about the row at fault where that can be told."""
    try:
        yield
    except STATEMENT_ERRORS as error:
        failure = failure_of(error, schema, kind, prepared.resource)
        if failure is None:
            raise
        index = failing_row(error, schema.domain, kind, prepared)
        raise failure if index is None else failure.under(index) from error
