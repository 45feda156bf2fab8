"""Two databases that one process walks over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import cache

import psycopg
import pytest
import sqlalchemy as sa

from tests.conftest import MakeDatabase
from tests.migrations.walk.database import Database


@pytest.fixture(scope="session")
async def two_databases(make_database: MakeDatabase) -> AsyncIterator[tuple[Database, Database]]:
    """The one that is walked over, and one to compare it with."""
    urls = [await make_database() for _ in range(2)]
    connections = [psycopg.connect(url, autocommit=True, prepare_threshold=None) for url in urls]
    yield Database(urls[0], connections[0]), Database(urls[1], connections[1])
    for connection in connections:
        connection.close()


@pytest.fixture
def walked(two_databases: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch) -> tuple[Database, Database]:
    """Both, each with one engine for all steps: what takes longest is to compile the questions to the catalogue."""
    make = sa.create_engine
    engines = cache(lambda url: make(url, poolclass=sa.NullPool, connect_args={"connect_timeout": 5}))
    monkeypatch.setattr(sa, "create_engine", lambda url, **_: engines(url))
    return two_databases
