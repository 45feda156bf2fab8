"""A destroy of what one does not see takes what a destroy of nothing takes: what would go with it is not looked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from framework import (
    Actor,
    Attr,
    Context,
    Create,
    Destroy,
    Domain,
    NotFound,
    OnDelete,
    One,
    Read,
    Resource,
    actor,
    allow,
    attribute,
    belongs_to,
    compile_domain,
    primary_key,
)
from framework.actions.engine import Engine
from framework.events.doorbell import LocalDoorbell
from framework.events.extension import EVENTS
from framework.events.log import Log
from framework.events.notifier import EventNotifier
from framework.identifiers import uuid7
from framework.sql.engine import create_tables, open_layer
from framework.sql.layer import SqlLayer
from framework.sql.watch import watched


class Box(Resource):
    """What its owner alone sees."""

    id: Attr[UUID] = primary_key()
    owner: Attr[str] = attribute()

    browse = Read()
    make = Create(accept=[owner])
    burn = Destroy()

    policies = [allow(browse, make, burn).when(owner == actor("id"))]


class Thing(Resource):
    """What lies in a box."""

    id: Attr[UUID] = primary_key()
    box: One[Box] = belongs_to(on_delete=OnDelete.CASCADE)

    put = Create(accept=[box])

    policies = [allow()]


BOXES = compile_domain(Domain("boxes", [Box, Thing], [EVENTS], policies=[allow()]))


@pytest.fixture
async def layer(fresh_database_url: str) -> AsyncIterator[SqlLayer]:
    async with open_layer(BOXES, fresh_database_url) as opened:
        await create_tables(opened)
        yield opened


async def test_a_hidden_record_is_destroyed_by_the_statements_that_destroy_none(layer: SqlLayer) -> None:
    log = Log(BOXES, layer, LocalDoorbell())
    engine = Engine(BOXES, layer, EventNotifier(log), {Log: log})
    system = engine.system("the test prepares")
    box = await system.create(Box.make, {"owner": "you"})
    await system.create(Thing.put, {"box_id": box.id})
    session, took = engine.session(Context(Actor("user", "me"))), []
    for key in (box.id, uuid7()):
        sent: list[str] = []
        with watched(layer, sent.append), pytest.raises(NotFound):
            await session.destroy(Box.burn, key)
        took.append(sent)
    assert took[0] == took[1]
