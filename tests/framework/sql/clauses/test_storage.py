"""Columns of other types than ours: read and written right, and every expression means the same over them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any

import psycopg
import pytest

from framework.actions.engine import Engine
from framework.actions.notifier import NullNotifier
from framework.actions.query import Query
from framework.actions.session import Session
from framework.compiler.domain import Domain, compile_domain, problems_of
from framework.declare.actions import Create, Destroy, Read, Update, keyset
from framework.declare.attributes import Attr, attribute, sequence_key
from framework.declare.derived import calculate, count, maximum
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.rules import identity, index
from framework.errors import Conflict, Invalid
from framework.sql.engine import open_layer
from framework.sql.extension import SQL
from framework.sql.section import Table

LEGACY = """
CREATE TYPE rating AS ENUM ('PG', 'G', 'R');
CREATE DOMAIN year AS integer CHECK (VALUE > 1900);
CREATE TABLE "Shops" ("ShopID" char(5) PRIMARY KEY, "Name" varchar(10) NOT NULL, "Mail" varchar UNIQUE);
CREATE TABLE "Order" (
    "order" serial PRIMARY KEY,
    "ShopID" char(5) NOT NULL REFERENCES "Shops",
    made timestamp NOT NULL,
    price real NOT NULL,
    pieces smallint NOT NULL,
    total integer NOT NULL,
    rating rating,
    tags text[] NOT NULL,
    sums numeric(8, 2)[],
    note text,
    facts json,
    made_in year,
    CONSTRAINT "total it is" UNIQUE (total, "ShopID")
);
INSERT INTO "Shops" VALUES ('AB', 'abc', 'One@shop.example'), ('ALFKI', 'Éa', NULL), ('b', 'Zz', NULL);
INSERT INTO "Order" ("ShopID", made, price, pieces, total, rating, tags, sums, note, facts)
SELECT s, '2024-01-01'::timestamp + n * interval '1 hour', 0.1 * n, n, n,
  (ARRAY['G', 'PG', 'R', NULL])[n % 4 + 1]::rating,
  ARRAY['a', 'b' || n], ARRAY[1.10, n], (ARRAY['B', 'a', 'á', 'Z', NULL])[n % 5 + 1], '{"n": 1}'
FROM generate_series(1, 12) AS n, (VALUES ('AB'), ('ALFKI')) AS shops(s);
"""


class Rating(StrEnum):
    G = "G"
    PG = "PG"
    R = "R"


class Shop(Resource):
    sections = (Table("Shops"),)
    id: Attr[str] = attribute(primary_key=True, column="ShopID", column_type="char(5)")
    name: Attr[str] = attribute(column="Name", column_type="varchar(10)")
    mail: Attr[str | None] = attribute(column="Mail", column_type="varchar", default=None)
    orders: Many[Order] = has_many()
    order_count: Attr[int] = count(orders)
    last: Attr[datetime | None] = maximum(orders, lambda order: order.made)
    browse = Read(paginate=keyset())
    open = Create(accept=[id, name, mail])
    close = Destroy()


class Order(Resource):
    sections = (
        Table("Order", names={"uq_Order_total_shop_id": "total it is", "fk_Order_shop_id": "Order_ShopID_fkey"}),
    )
    id: Attr[int] = sequence_key(column="order", column_type="integer")
    shop_id: Attr[str]
    shop: One[Shop] = belongs_to(column="ShopID", index=False)
    made: Attr[datetime] = attribute(column_type="timestamp")
    price: Attr[float] = attribute(column_type="real")
    pieces: Attr[int] = attribute(column_type="smallint")
    total: Attr[int] = attribute(column_type="integer")
    rating: Attr[Rating | None] = attribute(column_type="rating", default=None)
    tags: Attr[list[str]] = attribute(column_type="text[]", default_factory=list, max_length=3)
    sums: Attr[list[Decimal] | None] = attribute(column_type="numeric[]", default=None)
    note: Attr[str | None] = attribute(column_type="text", default=None)
    facts: Attr[dict[str, Any] | None] = attribute(column_type="json", default=None)
    made_in: Attr[int | None] = attribute(column_type="integer", default=None)
    product: Attr[int] = calculate(pieces * pieces)
    late: Attr[datetime] = calculate(made + timedelta(days=1))
    browse = Read(paginate=keyset())
    enter = Create(accept=[shop, made, price, pieces, total, rating, tags, sums, note, facts, made_in])
    change = Update(accept=[made, price, pieces, rating, tags, sums, note, facts])
    cancel = Destroy()
    once = identity(total, shop, deferrable=False, message="there is one")


@asynccontextmanager
async def legacy(url: str) -> AsyncIterator[Session]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(LEGACY.encode())
    domain = compile_domain(Domain("legacy", [Shop, Order], [SQL]))
    async with open_layer(domain, url, connections=2) as layer:
        yield Engine(domain, layer, NullNotifier()).session()


async def test_old_and_new_records_are_read_written_and_found(fresh_database_url: str) -> None:
    async with legacy(fresh_database_url) as session:
        shop = await session.get(Shop, "AB", Query().selecting("id", "name", "mail", "order_count", "last"))
        assert (shop.id, shop.mail, shop.order_count, shop.last) == (
            *("AB", "One@shop.example", 12, datetime(2024, 1, 1, 12, tzinfo=UTC)),
        )
        new = await session.create(Shop.open, {"id": "CD", "name": "new"})
        given = {
            "shop_id": new.id,
            "made": datetime(2025, 6, 1, 12, tzinfo=timezone(timedelta(hours=2))),
            "price": 0.1,
            "pieces": 300,
            "total": 7,
            "rating": "PG",
            "tags": ["x", 'it\'s {odd}, "so"'],
            "sums": ["1.5", "2"],
            "note": "á",
            "facts": {"n": [1]},
        }
        entered = await session.create(Order.enter, given)
        read = await session.get(Order, entered.id, Query().loading(shop=Query()))
        assert read.shop.name == "new"
        assert (read.made, read.price) == (datetime(2025, 6, 1, 10, tzinfo=UTC), 0.1)
        assert (read.rating, read.tags, read.sums, read.facts) == (
            *(Rating.PG, ["x", 'it\'s {odd}, "so"'], [Decimal("1.50"), Decimal(2)], {"n": [1]}),
        )
        changed = await session.update(
            Order.change, entered.id, {"tags": [], "rating": None, "price": 3.25, "made": "2024-01-01T00:00:00Z"}
        )
        assert (changed.tags, changed.rating, changed.price) == ([], None, 3.25)
        assert changed.made == datetime(2024, 1, 1, tzinfo=UTC)
        many = await session.create_all(Order.enter, [{**given, "total": n} for n in (8, 9)])
        assert [each.total for each in many] == [8, 9]
        await session.destroy(Order.cancel, entered.id)


CONDITIONS = (
    (Order.made == datetime(2024, 1, 1, 3, tzinfo=UTC), 2),
    (Order.made < datetime(2024, 1, 1, 5, tzinfo=timezone(timedelta(hours=2))), 4),
    (Order.late > datetime(2024, 1, 2, 11, tzinfo=UTC), 2),
    (Order.price == 0.1, 2),
    (Order.price.one_of([0.1, 0.2]), 4),
    (Order.rating == Rating.PG, 6),
    (Order.rating.one_of([Rating.PG, Rating.R]), 12),
    (Order.rating.is_null(), 6),
    (Order.rating > Rating.G, 12),
    (Order.shop_id == "AB", 12),
    (Order.shop_id.one_of(["AB", "b"]), 12),
    (Order.shop.name.contains("É"), 12),
    (Order.shop.mail == "One@shop.example", 12),
    (Order.shop_id.like("A_"), 12),
    (Order.shop.name == Order.shop_id, 0),
    (Order.shop.name < Order.note, 6),
    (Order.tags == ["a", "b3"], 2),
    (Order.note > "Z", 12),
    (Order.note.upper() == "A", 6),
    (Order.note.or_else(Order.shop_id) == "AB", 2),
    (Order.pieces * 10000 > 100000, 4),
    (Order.total + Order.pieces == 24, 2),
)


async def test_conditions_orders_and_pages_agree(fresh_database_url: str) -> None:
    async with legacy(fresh_database_url) as session:
        for condition, number in CONDITIONS:
            found = await session.read(Order.browse, Query().where(condition))
            assert len(found) == number, condition
        for order in (Order.note.asc(), Order.note.desc(), Order.rating.desc(), Order.made.desc(), Order.price.asc()):
            wanted = Query().sorted_by(order)
            whole = await session.read(Order.browse, wanted)
            paged, after = list[int](), None
            while len(paged) < len(whole):
                page = await session.page(session.spec(Order.browse), replace(wanted, limit=5, after=after))
                paged += [each["id"] for each in page.records]
                after = page.keys[-1]
            assert paged == [each.id for each in whole]
        notes = [each.note for each in await session.read(Order.browse, Query().sorted_by(Order.note.asc()))]
        assert notes == [*sorted(note for note in notes if note), *[None] * notes.count(None)]
        shops = [each.id for each in await session.read(Shop.browse)]
        assert shops == ["AB", "ALFKI", "b"]


async def test_what_no_column_holds_is_refused_before_and_rules_keep_their_names(fresh_database_url: str) -> None:
    given = {"shop_id": "AB", "made": "2024-01-01T00:00:00Z", "price": 1.0, "pieces": 1, "total": 99}
    async with legacy(fresh_database_url) as session:
        for name, value, code in (
            *(("pieces", 40000, "less_than_equal"), ("total", 2**31, "less_than_equal")),
            *(("price", 1e39, "less_than_equal"), ("shop_id", "ABCDEF", "string_too_long")),
        ):
            with pytest.raises(Invalid) as refused:
                await session.create(Order.enter, {**given, name: value})
            assert [(issue.code, issue.path) for issue in refused.value.issues] == [(code, (name,))]
        with pytest.raises(Conflict, match="there is one"):
            await session.create_all(Order.enter, [given, {**given, "total": 3}])
        with pytest.raises(Invalid, match="year_check"):
            await session.create(Order.enter, {**given, "made_in": 1800})
        with pytest.raises(Conflict, match="order"):
            await session.destroy(Shop.close, "AB")
        with pytest.raises(Conflict):
            await session.create(Shop.open, {"id": "X", "name": "x", "mail": "One@shop.example"})


class Odd(Resource):
    sections = (Table("odds", names={"ix_odds_nothing": "x"}),)
    id: Attr[int] = attribute(primary_key=True, column_type="varchar(3)")
    a: Attr[str] = attribute(column_type="int; DROP TABLE odds")
    b: Attr[str] = attribute(column_type="rating")
    c: Attr[list[int]] = attribute(column_type="text[]")
    d: Attr[int] = attribute(column="e")
    e: Attr[int] = attribute()
    f: Attr[datetime] = attribute(column_type="date")
    change = Update(accept=[d])


def test_words_that_cannot_be_acted_on_are_refused() -> None:
    says = [str(problem) for problem in problems_of(Domain("odd", [Odd], [SQL]))]
    assert says == [
        "`Odd.id`: a integer cannot be kept in a column of the type varchar(3): bigint, integer, smallint",
        "`Odd.a`: `int; DROP TABLE odds` is no type of a column that is known here: char, text, varchar",
        "`Odd.b`: a string cannot be kept in a column of the type rating: char, text, varchar",
        "`Odd.c`: a list cannot be kept in a column of the type text[]: json, jsonb, bigint[], integer[], smallint[]",
        "`Odd.e`: its column `e` is that of `d` already (leave one of them out)",
        "`Odd.f`: a datetime cannot be kept in a column of the type date: timestamp, timestamptz",
    ]

    class Named(Resource):
        sections = (Table("odds", names={"ix_odds_nothing": "x"}),)
        id: Attr[int] = sequence_key()
        title: Attr[str] = attribute()
        by_title = index(title)

    (problem,) = problems_of(Domain("odd", [Named], [SQL]))
    assert str(problem) == (
        "`Named.sections`: nothing leads to the name `ix_odds_nothing` "
        "(where what it is of was renamed, it is one of these now: ix_odds_title)"
    )
