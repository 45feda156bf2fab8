"""Reads and writes through one connection to PostgreSQL, in its transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Self

import orjson
import psycopg
import sqlalchemy as sa

from framework.data.access_scope import AccessScope
from framework.data.effects import Effect
from framework.data.partitions import Partitions
from framework.data.protocols import Commit, Row
from framework.data.refusals import may_pass, transaction_failed, unreadable
from framework.data.selection import Selection
from framework.data.total import COUNTED, Total
from framework.errors import Failure
from framework.expr.nodes import Among, Node, Ref
from framework.spec.resource import ResourceSpec
from framework.sql.clauses.binding import parsed
from framework.sql.clauses.columns import StoredValueError
from framework.sql.clauses.table_scope import Schema
from framework.sql.connections import OnDemand
from framework.sql.definitions.partitions import partitioned_by
from framework.sql.statements.building import uniform
from framework.sql.statements.estimating import expected_rows
from framework.sql.statements.failing_row import failing_row
from framework.sql.statements.integrity import Statement, failure_of
from framework.sql.statements.partitions import SqlPartitions
from framework.sql.statements.prepared import Prepared, Statements
from framework.sql.statements.sending import sent
from framework.sql.statements.stored_values import unreadable_in
from framework.sql.tenant_walls import Walls

DATABASE_ERRORS = (sa.exc.SQLAlchemyError, psycopg.Error)
# A statement also fails where a value has no form that can be sent.
STATEMENT_ERRORS = (*DATABASE_ERRORS, UnicodeEncodeError, orjson.JSONEncodeError)


@dataclass(slots=True)
class State:
    """How a transaction is committed, and what it has done, through whichever scope."""

    commit: Commit
    effects: list[Effect] = field(default_factory=list)
    failed: BaseException | None = None

    def refuse_if_failed(self) -> None:
        """Raises when a statement has failed and was caught."""
        if self.failed is not None:
            raise transaction_failed(self.failed) from self.failed


@dataclass(frozen=True, slots=True)
class SqlReads:
    """Answers through one connection."""

    statements: Statements
    held: OnDemand
    walls: Walls | None

    def scoped(self, scope: AccessScope | None) -> Self:
        return replace(self, statements=self.statements.scoped(scope))

    def whole(self) -> Self:
        scope = self.statements.scope
        return self.scoped(None if scope is None else scope.whole)

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
        scope = self.statements.scope
        if scope is not None and scope.row(resource.name) is not None:
            # What PostgreSQL expects, it expects of hidden records too.
            return Total(COUNTED, is_exact=False)
        ((explained,),) = await self.run(self.statements.expected(resource, where))
        return Total(max(int(number), expected_rows(explained)), is_exact=False)

    async def run(self, prepared: Prepared, kind: Statement = Statement.READ) -> Sequence[Any]:
        """All rows that the statement gives."""
        with self.held.shares.noted(), translated(self.statements.schema, kind, prepared):
            connection = await self.held.connection(prepared.tables)
            if self.walls is not None:
                wanted = self.walls.wanted(prepared, self.statements.scope, self.held.stands)
                await self.held.standing(connection, wanted)
            return await sent(prepared, connection)


@dataclass(frozen=True, slots=True)
class SqlTransaction(SqlReads):
    """Reads and writes through one connection, inside its transaction.

    PostgreSQL gives a transaction up once a statement in it has failed, and takes a commit of it for a rollback. So
    whoever caught the failure is told, with the next statement or at the end of the block.
    """

    state: State

    async def run(self, prepared: Prepared, kind: Statement = Statement.READ) -> Sequence[Any]:
        self.state.refuse_if_failed()
        try:
            return await SqlReads.run(self, prepared, kind)
        except BaseException as failure:
            # Of one that was cut off nobody knows how far it came.
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

    @property
    def commit(self) -> Commit:
        return self.state.commit

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
            # How it stood when the savepoint was set.
            self.held.stands = None
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
