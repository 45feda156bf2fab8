"""What a filter says of the record at the end of a link is asked before the list, where it names one record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from framework.actions.engine import Engine
from framework.actions.keys_first import has_keys_first, keys_first
from framework.actions.query import Query
from framework.compiler.domain import Domain
from framework.data.selection import Selection
from framework.declare.actions import Create, Read
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.expr.build import Expr, node_of
from framework.expr.nodes import FALSE, Node, equals, every
from framework.testing.engines import in_memory


class Town(Resource):
    id: Attr[UUID] = primary_key()
    code: Attr[str] = attribute()
    found = Create(accept=[code])
    unique_code = identity(code)


class Shop(Resource):
    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()
    colour: Attr[str] = attribute(default="red")
    town: One[Town] = belongs_to()
    open = Create(accept=[name, town])
    unique_name = identity(town, name)


class Sale(Resource):
    id: Attr[UUID] = primary_key()
    price: Attr[int] = attribute()
    shop: One[Shop | None] = belongs_to()
    browse = Read()
    ring_up = Create(accept=[price, shop])


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    """Two towns with a baker each, one of them with a smith; a sale by each, and one by nobody."""
    async with in_memory(Domain("shops", [Town, Shop, Sale])) as engine:
        session = engine.session()
        towns = await session.create_all(Town.found, [{"code": "a"}, {"code": "b"}])
        said = [(0, "baker"), (1, "baker"), (0, "smith")]
        shops = await session.create_all(
            Shop.open, [{"name": name, "town_id": towns[place].id} for place, name in said]
        )
        sold = [{"price": price, "shop_id": shop.id} for price, shop in enumerate(shops, 1)]
        await session.create_all(Sale.ring_up, [*sold, {"price": 4}])
        yield engine


async def asked(engine: Engine, condition: Expr[bool]) -> tuple[Node, list[int]]:
    """What is asked in the end, and the prices of the sales that are found by the condition."""
    where, sale = node_of(condition, Sale), engine.domain.of(Sale)
    records = await engine.session().read(Sale.browse, Query().where(condition).sorted_by(Sale.price))
    async with engine.layer.snapshot_read() as reader:
        return await keys_first(where, sale, engine.domain, reader), [record.price for record in records]


async def key_of(engine: Engine, record: type[Resource], **values: object) -> UUID:
    async with engine.layer.snapshot_read() as reader:
        spec = engine.domain.of(record)
        (row,) = await reader.read(Selection(spec, ("id",), equals(**values)))
    key: UUID = row["id"]
    return key


async def test_the_key_takes_the_place_of_what_names_one_record(engine: Engine) -> None:
    smith = await key_of(engine, Shop, name="smith")
    assert await asked(engine, (Sale.shop.name == "smith") & (Sale.price > 1)) == (
        every(node_of(Sale.price > 1, Sale), equals(shop_id=smith)),
        [3],
    )
    baker = await key_of(engine, Shop, name="baker", town_id=await key_of(engine, Town, code="b"))
    both = (Sale.shop.name == "baker") & (Sale.shop.town.code == "b")
    assert await asked(engine, both) == (equals(shop_id=baker), [2])


async def test_what_names_nobody_finds_nothing(engine: Engine) -> None:
    assert await asked(engine, Sale.shop.name == "tailor") == (FALSE, [])
    assert await asked(engine, Sale.shop.town.code == "z") == (FALSE, [])


async def test_what_names_several_or_nothing_unique_stays_as_it_is(engine: Engine) -> None:
    for condition, prices in (
        (Sale.shop.name == "baker", [1, 2]),
        (Sale.shop.colour == "red", [1, 2, 3]),
        (Sale.shop.name > "baker", [3]),
        ((Sale.shop.name == "smith") | (Sale.price == 4), [3, 4]),
        (~(Sale.shop.name == "smith"), [1, 2]),
        (Sale.shop.name.is_null(), [4]),
    ):
        assert await asked(engine, condition) == (node_of(condition, Sale), prices)


def test_only_then_is_a_list_more_than_one_statement(engine: Engine) -> None:
    sale = engine.domain.of(Sale)
    assert has_keys_first(node_of(Sale.shop.town.code == "a", Sale), sale, engine.domain)
    assert not has_keys_first(node_of((Sale.shop.colour == "red") & (Sale.price == 1), Sale), sale, engine.domain)
