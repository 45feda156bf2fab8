"""The query behind both hand-written lists: one statement, both links joined, as the ORM's manual advises."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from tests.benchmarks.peers.tables import Execution


async def latest(session: AsyncSession, limit: int) -> Sequence[Execution]:
    """The latest executions, each with its program and version."""
    statement = (
        select(Execution)
        .options(joinedload(Execution.program), joinedload(Execution.version))
        .order_by(Execution.created_at.desc(), Execution.id.desc())
        .limit(limit)
    )
    return (await session.scalars(statement)).all()
