"""Real servers for the tests: one PostgreSQL and one Redis for the whole run, shared by all its processes.

`DSPEX_TEST_DATABASE_URL` and `DSPEX_TEST_REDIS_URL` name other servers to test against.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
import redis.asyncio
from hypothesis import settings as hypothesis
from psycopg import sql

from framework.embedded.server import Durability
from framework.embedded.servers import Servers
from framework.embedded.servers import servers as run_servers
from framework.log_lines import configure_logging
from framework.settings import load_settings
from framework.testing.until import until

pytest_plugins = ["tests.installation.fixtures"]

# Whoever a test left connected is sent away first. Schemas of PostgreSQL's own stay.
EMPTY = """
DO $$
DECLARE name text;
BEGIN
    PERFORM pg_terminate_backend(pid, 10000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$)' LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', name);
    END LOOP;
    FOR name IN SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' LOOP
        EXECUTE format('DROP EXTENSION %I CASCADE', name);
    END LOOP;
    CREATE SCHEMA public;
    EXECUTE format('ALTER DATABASE %I RESET ALL', current_database());
END $$
"""
# What is no database's own, and stays when all that were made for tests are dropped; the application's role is to.
SHARED = """
SELECT 'role ' || rolname FROM pg_roles WHERE rolname <> 'dspex_application'
UNION ALL SELECT 'database ' || datname FROM pg_database WHERE datname !~ '^test_'
UNION ALL SELECT 'tablespace ' || spcname FROM pg_tablespace
UNION ALL SELECT 'setting ' || array_to_string(setconfig, ', ')
    FROM pg_db_role_setting LEFT JOIN pg_database ON pg_database.oid = setdatabase
    WHERE datname !~ '^test_' IS NOT FALSE
UNION ALL SELECT 'setting ' || name FROM pg_settings WHERE sourcefile ~ 'postgresql.auto.conf$'
"""
MakeDatabase = Callable[..., Awaitable[str]]
DATA = "DSPEX_TEST_DATA_DIR"
# Longer than any test takes on a busy machine, and shorter than what ends a whole process (see pyproject.toml).
TEST_SECONDS = 330.0
ROOT = Path(__file__).parents[1]
# What takes longest, the longest first: begun at the end, it would leave one process to wait for the other.
BEGUN_FIRST = (
    *("faults/test_ending.py", "installation/test_library.py", "framework/cli/test_up.py", "demo/test_demo.py"),
    *("framework/embedded/test_servers.py", "faults/test_worker.py", "readme/test_readme.py"),
    *("migrations/test_type_changes.py", "resources/optimizations/test_optimization.py", "faults/"),
    *("installation/test_make_install.py", "contracts/transports/test_scalars.py", "migrations/test_both_versions.py"),
    *("resources/evaluations/test_evaluation.py", "migrations/", "workers/", "framework/lm/optimize/test_resume.py"),
)


def pytest_configure(config: pytest.Config) -> None:
    """The process that leads the run names one data folder; those it starts inherit the name."""
    configure_logging("warning")
    # A busy machine is slow, not wrong: no example has a deadline.
    hypothesis.register_profile("unhurried", deadline=None)
    hypothesis.load_profile("unhurried")
    # A run started in the background by a shell ignores Ctrl-C, and so would every process that a test interrupts.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Hundreds of interpreters are started here. Many images set the last two of these: each would compile all anew,
    # and write to standard error in another way than one that is started elsewhere.
    for name in ("DATABASE_URL", "REDIS_URL", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"):
        os.environ.pop(name, None)
    if not hasattr(config, "workerinput"):
        os.environ[DATA] = tempfile.mkdtemp(prefix="dspex-test-")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each process takes the next file when it is done with one, in this order."""
    items.sort(key=_place)
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
            item.obj = _within(TEST_SECONDS, item.obj)


def _within(seconds: float, test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """The test, which fails where it hangs: that tells where it was, and leaves the process to the other tests."""

    @functools.wraps(test)
    async def run(*args: Any, **kwargs: Any) -> None:
        async with asyncio.timeout(seconds):
            await test(*args, **kwargs)

    return run


def _place(item: pytest.Item) -> int:
    """Where a file is listed, by its own name or that of a folder."""
    path = item.path.relative_to(ROOT / "tests").as_posix()
    return next((place for place, name in enumerate(BEGUN_FIRST) if path.startswith(name)), len(BEGUN_FIRST))


def pytest_unconfigure(config: pytest.Config) -> None:
    """The leading process removes the folder, when all others have ended."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(DATA, ""), ignore_errors=True)


@pytest.fixture(scope="session")
async def servers() -> AsyncIterator[Servers]:
    """PostgreSQL and Redis; the first process that asks starts them, the last that ends stops them."""
    settings = load_settings(
        data_dir=Path(os.environ[DATA]),
        database_url=os.environ.get("DSPEX_TEST_DATABASE_URL"),
        redis_url=os.environ.get("DSPEX_TEST_REDIS_URL"),
    )
    async with run_servers(settings, durability=Durability.VOLATILE) as running:
        yield running


@pytest.fixture(scope="session")
async def make_database(servers: Servers) -> AsyncIterator[MakeDatabase]:
    """Makes a database of its own each time, a copy of `template` (an address) if one is given, and drops it later."""
    made: list[str] = []
    before = await _shared(servers)

    async def make(*, template: str | None = None) -> str:
        name = f"test_{uuid4().hex[:12]}"
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(urlsplit(template).path.lstrip("/")))
        async with _administer(servers.database_url) as connection:
            await connection.execute(statement)
        made.append(name)
        return urlunsplit(urlsplit(servers.database_url)._replace(path=f"/{name}"))

    yield make
    async with _administer(servers.database_url) as connection:
        for name in made:
            await connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    async def nothing_is_left() -> bool:
        # Tests of another process may have something there for a while.
        return await _shared(servers) <= before

    try:
        await until(nothing_is_left)
    except TimeoutError:
        pytest.fail(f"tests left in the cluster: {sorted(await _shared(servers) - before)}")


async def _shared(servers: Servers) -> set[str]:
    async with _administer(servers.database_url) as connection:
        cursor = await connection.execute(SHARED)
        return {name for (name,) in await cursor.fetchall()}


@pytest.fixture(scope="session")
async def database_url(make_database: MakeDatabase) -> str:
    """An empty database that this process alone uses for the whole run."""
    return await make_database()


@pytest.fixture(scope="session")
def emptied() -> list[str]:
    """Databases of this process that hold nothing any more: emptying one costs a tenth of making another."""
    return []


@pytest.fixture
async def fresh_database_url(make_database: MakeDatabase, emptied: list[str]) -> AsyncIterator[str]:
    """An empty database for one test."""
    url = emptied.pop() if emptied else await make_database()
    yield url
    async with _administer(url) as connection:
        await connection.execute(EMPTY)
    emptied.append(url)


@pytest.fixture(scope="session")
def redis_url(servers: Servers, worker_number: int) -> str:
    """A Redis database that this process alone uses."""
    parts = urlsplit(servers.redis_url)
    if parts.scheme == "unix":
        return f"unix://{parts.path}?db={worker_number}"
    return urlunsplit(parts._replace(path=f"/{worker_number}"))


@pytest.fixture
async def clean_redis_url(redis_url: str) -> str:
    """This process's Redis database, emptied before the test."""
    async with redis.asyncio.from_url(redis_url) as client:
        await client.flushdb()
    return redis_url


@pytest.fixture(scope="session")
def worker_number() -> int:
    """Which of the run's processes this is: 1 when there is one alone or for the first of many."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) + 1


@pytest.fixture
def small_heap() -> Iterator[None]:
    """Leaves what was there before out of garbage collections: with all that a run has loaded, one takes seconds."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def short_dir() -> Iterator[Path]:
    """An empty folder with a path short enough for Unix sockets, which pytest's `tmp_path` may not have."""
    folder = Path(tempfile.mkdtemp(prefix="dspex-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def _administer(url: str) -> AsyncIterator[psycopg.AsyncConnection]:
    """A connection outside of any transaction, as `CREATE DATABASE` demands."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        yield connection
