"""A database for the plays of a process; every domain that is drawn has the same tables."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from framework.sql.connections import dispose
from framework.sql.engine import create_tables, open_engine
from framework.sql.layer import SqlLayer
from tests.secrecy.library import ACTIONS, RESOURCES, library
from tests.secrecy.rules import Rule, Rules


@dataclass(frozen=True)
class Theatre:
    """Where plays are given: a loop for all of them, as Hypothesis has none, and connections that belong to it."""

    run: Callable[..., Any]
    tables: AsyncEngine | None


@pytest.fixture(scope="module")
async def database_url(make_database: Callable[[], Awaitable[str]]) -> str:
    """The address of an empty database."""
    return await make_database()


@pytest.fixture(scope="module")
def theatre(database_url: str) -> Iterator[Theatre]:
    """One with the tables in it."""
    everything = {resource: Rules((Rule("allow", ACTIONS[resource]),)) for resource in RESOURCES}
    with asyncio.Runner() as runner:
        tables = open_engine(database_url)
        runner.run(create_tables(SqlLayer(library(everything), tables)))
        yield Theatre(runner.run, tables)
        runner.run(dispose(tables))
