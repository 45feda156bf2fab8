"""A value that every record has and that is hidden of some is absent there: in an order it is last, on every page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest

from framework import (
    Actor,
    Attr,
    Context,
    Create,
    Domain,
    Query,
    Read,
    Resource,
    actor,
    allow,
    attribute,
    compile_domain,
    field,
    primary_key,
)
from framework.actions.engine import Engine
from framework.data.memory import MemoryLayer
from framework.sql.engine import create_tables, open_layer


class Bid(Resource):
    """What somebody offers, which they alone are told."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()
    who: Attr[str] = attribute()
    price: Attr[int] = attribute()

    browse = Read()
    make = Create(accept=[name, who, price])

    policies = [allow(), field(price).readable_when(who == actor("id"))]


BIDS = compile_domain(Domain("bids", [Bid]))
MADE = [("a", "me", 3), ("b", "you", 9), ("c", "me", 5), ("d", "you", 1), ("e", "me", 3)]


@pytest.fixture(params=["memory", "postgres"])
async def engine(request: pytest.FixtureRequest, fresh_database_url: str) -> AsyncIterator[Engine]:
    if request.param == "memory":
        yield Engine(BIDS, MemoryLayer(BIDS))
        return
    async with open_layer(BIDS, fresh_database_url) as layer:
        await create_tables(layer)
        yield Engine(BIDS, layer)


@pytest.mark.parametrize(("descending", "names"), [(True, "caebd"), (False, "aecbd")])
@pytest.mark.parametrize("limit", [1, 2, 50])
async def test_each_record_is_on_one_page(engine: Engine, *, descending: bool, names: str, limit: int) -> None:
    system = engine.system("the test prepares")
    await system.create_all(Bid.make, [{"name": n, "who": who, "price": price} for n, who, price in MADE])
    session, browse = engine.session(Context(Actor("user", "me"))), BIDS.action("Bid", "browse")
    order = [Bid.price.desc(), Bid.name.asc()] if descending else [Bid.price.asc(), Bid.name.asc()]
    query, found = Query().sorted_by(*order).limited(limit), ""
    while True:
        page = await session.page(browse, query)
        found += "".join(record.name for record in page.records)
        if not page.has_next:
            break
        query = replace(query, after=page.keys[-1])
    assert found == names
