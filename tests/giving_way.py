"""Statements that give way to another transaction, as PostgreSQL has one of two that wait for each other do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import psycopg

# What a sequence has counted stays counted when the transaction is rolled back.
TRIGGER = """
CREATE SEQUENCE {name};
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('{name}') = 1 THEN
        RAISE EXCEPTION 'deadlock detected' USING ERRCODE = 'deadlock_detected';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER {name} BEFORE {statement} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}();
"""
UNDO = "DROP FUNCTION {name} CASCADE; DROP SEQUENCE {name}"


@asynccontextmanager
async def first_gives_way(database_url: str, statement: str, table: str) -> AsyncIterator[None]:
    """While it lasts, the first `INSERT` or `UPDATE` of the table is the victim of a deadlock; there has to be one."""
    names = {"name": f"gives_way_{uuid4().hex[:8]}", "statement": statement, "table": table}
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await connection.execute(TRIGGER.format(**names).encode())
        try:
            yield
            found = await connection.execute(f"SELECT is_called FROM {names['name']}".encode())
            assert await found.fetchone() == (True,), f"nothing has reached {table} with {statement}"
        finally:
            await connection.execute(UNDO.format(**names).encode())
