"""A kept statement as the driver takes it: SQLAlchemy writes its text once, and is not asked again.

For each execution SQLAlchemy finds the text again, and makes a context, a cursor and rows of its own inside of a
greenlet, which nearly doubles what the driver takes by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import psycopg
import sqlalchemy as sa
from psycopg.pq.abc import PGresult
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler

Convert = Callable[[Any], Any]
Statement = sa.sql.Executable


@dataclass(slots=True)
class Sendable:
    """The text, how each value that it is sent with is written, the constants in it, and the columns that it gives."""

    text: str
    writes: Mapping[str, tuple[str, Convert | None]]
    constants: Mapping[str, Any]
    columns: Sequence[sa.types.TypeEngine[Any]]
    # How a number is read depends on what the server calls it, which a migration may change while this process runs.
    _reads: dict[tuple[int, ...], tuple[Convert | None, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, statement: Statement, dialect: Dialect) -> Self | None:
        """It, unless its text hangs on the values that it is sent with, or nobody knows what it gives."""
        if not isinstance(statement, sa.sql.expression.ReturnsRows):
            return None
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        if compiled.post_compile_params or compiled.literal_execute_params:
            return None
        escaped, known = compiled.escaped_bind_names, compiled.construct_params(_check=False)
        writes, constants = dict[str, tuple[str, Convert | None]](), dict[str, Any]()
        for bound, name in compiled.bind_names.items():
            sent, write = escaped.get(name, name), _writer(bound.type, dialect)
            writes[bound.key] = sent, write
            if not bound.required:
                constants[sent] = known[sent] if write is None else write(known[sent])
        return cls(compiled.string, writes, constants, [column.type for column in statement.exported_columns])

    async def send(self, connection: AsyncConnection, values: Mapping[str, Any]) -> list[Any]:
        """All rows that it gives, as tuples, in the transaction of the connection."""
        sync = connection.sync_connection
        assert sync is not None
        if not sync.in_transaction():
            sync.begin()
        # SQLAlchemy does not say of which driver it is.
        driver: psycopg.AsyncConnection[Any] = sync.connection.driver_connection  # type: ignore[assignment]
        cursor = driver.cursor()
        sent = {**self.constants, **self._written(values)}
        for listener in sync.dispatch.before_cursor_execute:
            listener(sync, cursor, self.text, sent, None, False)  # noqa: FBT003 - as SQLAlchemy tells it
        try:
            await cursor.execute(self.text, sent)
            answer = cursor.pgresult
            answered = answer is not None and answer.status == psycopg.pq.ExecStatus.TUPLES_OK
            rows = await cursor.fetchall() if answered else []
        except BaseException as error:
            if driver.closed:
                await _given_up(connection, error)
            raise
        return self._read(rows, answer, sync.dialect) if rows and answer is not None else rows

    def _written(self, values: Mapping[str, Any]) -> dict[str, Any]:
        found = {}
        for key, value in values.items():
            if key in self.writes:
                name, write = self.writes[key]
                found[name] = value if write is None else write(value)
        return found

    def _read(self, rows: list[Any], answer: PGresult, dialect: Dialect) -> list[Any]:
        # The cursor's description would be made anew with each answer.
        codes = tuple(answer.ftype(number) for number in range(answer.nfields))
        reads = self._reads.get(codes)
        if reads is None:
            reads = tuple(_reader(kind, dialect, code) for kind, code in zip(self.columns, codes, strict=True))
            self._reads[codes] = reads
        return [_read(row, reads) for row in rows] if any(reads) else rows


async def _given_up(connection: AsyncConnection, error: BaseException) -> None:
    """Has a connection that was lost not be used again."""
    if isinstance(error, psycopg.Error):
        # By SQLAlchemy's own path: it closes connections within its greenlet alone.
        await connection.run_sync(_all_as_old_are_lost, error)
    await connection.invalidate(error)


def _all_as_old_are_lost(connection: sa.Connection, error: psycopg.Error) -> None:
    """Has the pool open all connections anew that are as old, as SQLAlchemy does where it notices a loss itself."""
    connection.engine.pool._invalidate(connection.connection, error)  # noqa: SLF001


def _read(row: Sequence[Any], reads: Sequence[Convert | None]) -> tuple[Any, ...]:
    return tuple(value if read is None else read(value) for value, read in zip(row, reads, strict=True))


def _writer(kind: sa.types.TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader(kind: sa.types.TypeEngine[Any], dialect: Dialect, code: object) -> Convert | None:
    return kind.dialect_impl(dialect).result_processor(dialect, code)
