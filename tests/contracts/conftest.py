"""The layers that are held to one contract, each empty at the start of a test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from framework.data.memory import MemoryLayer
from framework.data.protocols import Layer
from framework.expr.nodes import TRUE
from framework.sql.engine import create_tables, open_layer
from framework.sql.layer import SqlLayer

# Failing assertions of the contract tell what they compared, as those of any test do.
pytest.register_assert_rewrite("framework.testing.contract")

from framework.testing.contract.rows import LIBRARY  # noqa: E402 - only now is it rewritten


@pytest.fixture(scope="module")
async def postgres_layer(make_database: Callable[[], Awaitable[str]]) -> AsyncIterator[SqlLayer]:
    """The library in a database of each test file's own, so that no file meets what another one left."""
    async with open_layer(LIBRARY, await make_database()) as layer:
        await create_tables(layer)
        yield layer


@pytest.fixture
async def empty_postgres_layer(postgres_layer: SqlLayer) -> SqlLayer:
    """The same with nothing in it."""
    async with postgres_layer.transaction() as transaction:
        for resource in reversed(LIBRARY.stored):
            await transaction.delete(resource, TRUE)
    return postgres_layer


@pytest.fixture(params=["memory", "postgres"])
def layer(request: pytest.FixtureRequest) -> Layer:
    """An empty layer of each kind; PostgreSQL starts only for the tests that are run on it."""
    if request.param == "memory":
        return MemoryLayer(LIBRARY)
    postgres: SqlLayer = request.getfixturevalue("empty_postgres_layer")
    return postgres
