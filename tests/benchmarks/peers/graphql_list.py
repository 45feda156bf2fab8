"""The list as Strawberry resolvers over the ORM; what is nested was joined, so no field asks the database again."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from strawberry.fastapi import GraphQLRouter
from strawberry.scalars import JSON

from tests.benchmarks.peers.latest import latest


@strawberry.type
class Program:
    """A program."""

    id: UUID
    slug: str
    name: str


@strawberry.type
class Version:
    """A version of a program."""

    id: UUID
    number: int
    digest: str
    origin: str


@strawberry.type
class Execution:
    """An execution of a version."""

    id: UUID
    status: str
    inputs: JSON
    outputs: JSON | None
    latency_ms: float | None
    tokens_in: int | None
    tokens_out: int | None
    cost_usd: float | None
    created_at: datetime
    program: Program
    version: Version


def graphql_router(sessions: async_sessionmaker[AsyncSession]) -> GraphQLRouter[Any, Any]:
    """`executions(first)` at `/graphql`."""

    @strawberry.type
    class Query:
        """Everything that can be asked for."""

        @strawberry.field
        async def executions(self, first: int = 50) -> list[Execution]:
            """The latest ones. The rows themselves are given back: Strawberry reads their attributes."""
            async with sessions() as session:
                rows: Any = await latest(session, min(first, 500))
                return list(rows)

    return GraphQLRouter(strawberry.Schema(Query))
