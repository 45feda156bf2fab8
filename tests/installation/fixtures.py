"""The installation that the tests of `resources`, `api` and `workers` share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from framework.settings import Settings
from framework.testing.model_server import ModelServer
from tests.installation.answer import Client
from tests.installation.place import Place, opened, prepare, settings_of

Copy = Callable[[], Awaitable[Settings]]


@pytest.fixture(scope="session")
async def copy(make_database: Callable[..., Awaitable[str]], redis_url: str) -> Copy:
    """Settings over a new copy of a database that was migrated and seeded once."""
    template = await make_database()
    await prepare(settings_of(template, redis_url))

    async def make() -> Settings:
        return settings_of(await make_database(template=template), redis_url)

    return make


@pytest.fixture(scope="session")
async def place(copy: Copy) -> AsyncIterator[Place]:
    """One installation for all tests of this process; each test makes what it needs under names of its own."""
    async with opened(await copy()) as installation:
        yield installation


@pytest.fixture(params=["graphql", "rest"])
def client(request: pytest.FixtureRequest, place: Place) -> Client:
    """Each transport in turn: what a test asserts holds for both."""
    chosen: Client = getattr(place, request.param)
    return chosen


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    """An endpoint that answers, and fails as it is told."""
    with ModelServer() as server:
        yield server
