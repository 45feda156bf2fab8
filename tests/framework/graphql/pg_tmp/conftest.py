from __future__ import annotations
import pytest
from framework.actions.engine import Engine
from framework.events.announcer import EventAnnouncer
from framework.events.doorbell import LocalDoorbell
from framework.events.feed import Feed
from framework.events.log import Log
from framework.sql.engine import open_layer, create_tables, drop_tables
from contextlib import AsyncExitStack, asynccontextmanager
from tests.framework.graphql.conftest import *
from tests.framework.graphql.conftest import compiled, DEFAULTS, CountingLayer, Api
import asyncio

@pytest.fixture
async def serve(fresh_database_url):
    async with AsyncExitStack() as stack:
        apis = []
        import sqlalchemy as sa, psycopg
        def start(*resources, limits=DEFAULTS):
            domain, schema = compiled(resources, limits)
            from framework.sql.layer import SqlLayer
            from framework.sql.engine import open_engine
            eng = open_engine(fresh_database_url); real = SqlLayer(domain, eng); stack.push_async_callback(eng.dispose)
            made = []
            class Lazy:
                async def ready(self):
                    if not made:
                        made.append(1)
                        await create_tables(real)
                @asynccontextmanager
                async def transaction(self):
                    await self.ready()
                    async with real.transaction() as tx: yield tx
                @asynccontextmanager
                async def reading(self):
                    await self.ready()
                    async with real.reading() as tx: yield tx
                @asynccontextmanager
                async def glance(self):
                    await self.ready()
                    async with real.glance() as tx: yield tx
            layer = CountingLayer(Lazy())
            log = Log(domain, layer, LocalDoorbell()); feed = Feed(log)
            stack.push_async_callback(feed.close)
            return Api(domain, layer, Engine(domain, layer, EventAnnouncer(log)).session(), log, feed, schema)
        yield start
