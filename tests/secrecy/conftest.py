"""Databases for the plays of a process: one for each choice of what belongs to houses, as tables differ."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import pytest

from framework.spec.domain import DomainSpec
from framework.sql.engine import create_tables, open_layer
from framework.sql.layer import SqlLayer

MakeDatabase = Callable[[], Awaitable[str]]


@dataclass(frozen=True)
class Theatre:
    """Where plays are given: a loop for all of them, as Hypothesis has none, and databases, or memory alone."""

    run: Callable[..., Any]
    make_database: MakeDatabase | None
    made: dict[frozenset[str], str] = field(default_factory=dict)

    async def layer(self, domain: DomainSpec) -> AbstractAsyncContextManager[SqlLayer | None]:
        """Where the records of the domain are stored, if anywhere, besides in memory."""
        if self.make_database is None:
            return nullcontext()
        tenanted = frozenset(spec.name for spec in domain.stored if spec.tenancy is not None)
        if tenanted not in self.made:
            self.made[tenanted] = await self.make_database()
            async with open_layer(domain, self.made[tenanted]) as layer:
                await create_tables(layer)
        return open_layer(domain, self.made[tenanted], connections=4)


@pytest.fixture(scope="module")
def theatre(make_database: MakeDatabase) -> Iterator[Theatre]:
    """One whose databases are made when they are needed."""
    with asyncio.Runner() as runner:
        yield Theatre(runner.run, make_database)
