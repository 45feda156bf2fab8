"""The installation that the tests of `resources`, `api` and `workers` share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from framework.settings import Settings
from tests.installation.answer import Client

if TYPE_CHECKING:
    from framework.testing.model_server import ModelServer
    from tests.installation.installation import Installation

Copy = Callable[[], Awaitable[Settings]]


@pytest.fixture(scope="session")
async def copy(make_database: Callable[..., Awaitable[str]], redis_url: str) -> Copy:
    """Settings over a new copy of a database that was migrated and seeded once."""
    # Loaded by the tests that need an installation only; the others begin without.
    from tests.installation.installation import prepare, settings_of

    template = await make_database()
    await prepare(settings_of(template, redis_url))

    async def make() -> Settings:
        return settings_of(await make_database(template=template), redis_url)

    return make


@pytest.fixture(scope="session")
async def installation(copy: Copy) -> AsyncIterator[Installation]:
    """One installation for all tests of this process; each test makes what it needs under names of its own."""
    from tests.installation.installation import opened

    async with opened(await copy()) as installation:
        yield installation


@pytest.fixture(params=["graphql", "rest"])
def client(request: pytest.FixtureRequest, installation: Installation) -> Client:
    """Each transport in turn: what a test asserts holds for both."""
    chosen: Client = getattr(installation, request.param)
    return chosen


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    """An endpoint that answers, and fails as it is told."""
    from framework.testing.model_server import ModelServer

    with ModelServer() as server:
        yield server
