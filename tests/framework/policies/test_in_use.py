"""What cannot go is told without the key of what its caller may not see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from framework import (
    Actor,
    Attr,
    Conflict,
    Context,
    Create,
    Destroy,
    Domain,
    OnDelete,
    One,
    Read,
    Resource,
    actor,
    allow,
    belongs_to,
    compile_domain,
    primary_key,
)
from framework.actions.engine import Engine
from framework.data.memory import MemoryLayer
from framework.sql.engine import create_tables, open_layer


class Box(Resource):
    """What is thrown away with all that is in it."""

    id: Attr[UUID] = primary_key()

    browse = Read()
    make = Create()
    burn = Destroy()

    policies = [allow()]


class Thing(Resource):
    """What lies in a box, and is shown to its lead alone."""

    id: Attr[UUID] = primary_key()
    box: One[Box] = belongs_to(on_delete=OnDelete.CASCADE)

    browse = Read()
    put = Create(accept=[box])

    policies = [allow(browse, put).when(actor("role") == "lead")]


class Loan(Resource):
    """That somebody has a thing."""

    id: Attr[UUID] = primary_key()
    thing: One[Thing] = belongs_to()

    browse = Read()
    lend = Create(accept=[thing])

    policies = [allow(browse, lend).when(actor("role") == "lead")]


BOXES = compile_domain(Domain("boxes", [Box, Thing, Loan]))


@pytest.fixture(params=["memory", "postgres"])
async def engine(request: pytest.FixtureRequest, fresh_database_url: str) -> AsyncIterator[Engine]:
    if request.param == "memory":
        yield Engine(BOXES, MemoryLayer(BOXES))
        return
    async with open_layer(BOXES, fresh_database_url) as layer:
        await create_tables(layer)
        yield Engine(BOXES, layer)


async def test_a_hidden_record_that_is_in_use_is_told_by_no_key(engine: Engine) -> None:
    system = engine.system("the test prepares")
    box = await system.create(Box.make, {})
    thing = await system.create(Thing.put, {"box_id": box.id})
    await system.create(Loan.lend, {"thing_id": thing.id})
    told = {}
    for role in ("lead", "guest"):
        session = engine.session(Context(Actor("user", "ann", {"role": role})))
        with pytest.raises(Conflict) as caught:
            await session.destroy(Box.burn, box.id)
        told[role] = caught.value.issues[0]
    assert told["lead"].params["id"] == str(thing.id)
    assert told["guest"].code == "in_use"
    assert str(thing.id) not in repr(told["guest"])
