"""Sends a statement: a kept one as the driver takes it, any other through SQLAlchemy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from framework.sql.statements.prepared import Prepared


async def sent(prepared: Prepared, connection: AsyncConnection) -> Sequence[Any]:
    """All rows that it gives."""
    known = None if prepared.kept is None else prepared.kept.sendable(connection.dialect)
    if known is not None:
        return await known.send(connection, prepared.values)
    result = await connection.execute(prepared.statement, prepared.values)
    return result.all() if result.returns_rows else []
