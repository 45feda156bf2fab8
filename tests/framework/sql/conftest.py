"""Tables of throw-away domains, in PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from framework.compiler.domain import Domain, compile_domain
from framework.declare.resource import Resource
from framework.sql.engine import create_tables, drop_tables, open_layer
from framework.sql.layer import SqlLayer

MakeLayer = Callable[..., Awaitable[SqlLayer]]


@pytest.fixture
async def make_layer(database_url: str) -> AsyncIterator[MakeLayer]:
    """Compiles resources and makes their tables, which are gone when the test ends."""
    async with AsyncExitStack() as stack:

        async def make(*resources: type[Resource]) -> SqlLayer:
            domain = compile_domain(Domain("test", resources))
            layer = await stack.enter_async_context(open_layer(domain, database_url, connections=4))
            await create_tables(layer)
            stack.push_async_callback(drop_tables, layer)
            return layer

        yield make
