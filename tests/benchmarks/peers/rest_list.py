"""The list as a FastAPI endpoint over the ORM, its answer described and written by Pydantic."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from tests.benchmarks.peers.latest import latest
from tests.benchmarks.peers.tables import Execution

Limit = Annotated[int, Query(ge=1, le=500)]


class Out(BaseModel):
    """Read from an object of the ORM."""

    model_config = ConfigDict(from_attributes=True)


class ProgramOut(Out):
    """A program as it is sent."""

    id: UUID
    slug: str
    name: str


class VersionOut(Out):
    """A version as it is sent."""

    id: UUID
    number: int
    digest: str
    origin: str


class ExecutionOut(Out):
    """An execution as it is sent."""

    id: UUID
    status: str
    inputs: dict[str, Any]
    outputs: dict[str, Any] | None
    latency_ms: float | None
    tokens_in: int | None
    tokens_out: int | None
    cost_usd: float | None
    created_at: datetime
    program: ProgramOut
    version: VersionOut


def rest_router(sessions: async_sessionmaker[AsyncSession]) -> APIRouter:
    """`GET /executions`."""
    router = APIRouter()
    session = Depends(_session(sessions))

    @router.get("/executions", response_model=list[ExecutionOut])
    async def executions(limit: Limit = 50, session: AsyncSession = session) -> list[Execution]:
        return [*await latest(session, limit)]

    return router


def _session(sessions: async_sessionmaker[AsyncSession]) -> Callable[[], AsyncIterator[AsyncSession]]:
    async def session() -> AsyncIterator[AsyncSession]:
        async with sessions() as opened:
            yield opened

    return session
