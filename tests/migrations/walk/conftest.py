"""Two databases that one process walks over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import cache

import psycopg
import pytest
import sqlalchemy as sa

from tests.conftest import MakeDatabase
from tests.migrations.walk.database import Database, Halting
from tests.migrations.walk.diversity import STEPS, told

# Of a few walks there is nothing to tell.
MANY = 10


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Of what many walks were made."""
    reports = terminalreporter.getreports("passed")
    walks = [value for report in reports for name, value in report.user_properties if name == STEPS]
    if len(walks) >= MANY:
        terminalreporter.section("what the walks were made of")
        for line in told(walks):
            terminalreporter.line(line)


@pytest.fixture(scope="session")
async def two_databases(make_database: MakeDatabase) -> AsyncIterator[tuple[Database, Database]]:
    """The one that is walked over, and one to compare it with."""
    urls = [await make_database() for _ in range(2)]
    connections = [psycopg.connect(url, autocommit=True, prepare_threshold=None) for url in urls]
    one, other = (
        Database(url, connection, Halting(connection)) for url, connection in zip(urls, connections, strict=True)
    )
    yield one, other
    for connection in connections:
        connection.close()


@pytest.fixture(scope="session")
def engines(two_databases: tuple[Database, Database]) -> Callable[[sa.URL], sa.Engine]:
    """One engine for all steps of a database: what takes longest is to compile the questions to the catalogue."""
    make = sa.create_engine

    @cache
    def engine_of(url: sa.URL) -> sa.Engine:
        engine = make(url, poolclass=sa.NullPool, connect_args={"connect_timeout": 5})
        for each in two_databases:
            if sa.make_url(each.url).database == sa.make_url(url).database:
                sa.event.listen(engine, "before_cursor_execute", each.halting.count)
        return engine

    return engine_of


@pytest.fixture
def walked(
    two_databases: tuple[Database, Database],
    engines: Callable[[sa.URL], sa.Engine],
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[Database, Database]:
    """Both, each with its engine."""
    monkeypatch.setattr(sa, "create_engine", lambda url, **_: engines(url))
    return two_databases
