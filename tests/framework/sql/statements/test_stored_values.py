"""Stored models after their declaration has changed: read, told where they do not read, and rewritten."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Literal
from uuid import UUID

import pytest
import sqlalchemy as sa
from pydantic import BaseModel

from framework.compiler.domain import Domain, compile_domain
from framework.data.memory import MemoryLayer
from framework.data.protocols import Layer
from framework.data.selection import Selection
from framework.declare.attributes import Attr, attribute, sequence_key
from framework.declare.resource import Resource
from framework.errors import Conflict
from framework.expr.nodes import Among, Compare, Comparison, Ref, Value
from framework.sql.definitions.schema import schema_of
from framework.sql.figures import database_figures
from framework.sql.layer import SqlLayer
from framework.sql.restoring import has_table
from framework.sql.section import Table
from framework.sql.statements.stored_values import Unreadable, unreadable_values
from framework.sql.statements.upgrading import Upgraded, left_to_others, upgrade_documents
from framework.types.versioned import Upgrade, Versioned
from framework.wire.failures import present
from tests.framework.sql.conftest import MakeLayer


def _upgraded(layer: SqlLayer) -> AsyncIterator[Upgraded]:
    return upgrade_documents(layer.schema, layer.engine)


def add_currency(form: dict[str, Any]) -> dict[str, Any]:
    return {**form, "currency": "EUR"}


class Price(Versioned):
    upgrades: ClassVar[Sequence[Upgrade]] = (add_currency,)

    amount: int
    currency: str


class Settings(BaseModel):
    size: int
    colour: str
    note: str = "none"


class Mood(StrEnum):
    CALM = "calm"


class Item(Resource):
    id: Attr[int] = sequence_key()
    settings: Attr[Settings | None] = attribute()
    prices: Attr[list[Price]] = attribute()
    moods: Attr[dict[str, Mood] | None] = attribute(private=True)


OLD = (
    "INSERT INTO items (settings, prices, moods) VALUES"
    """ ('{"size": 1, "colour": "red"}', '[{"amount": 5}, {"amount": 6, "currency": "GBP", "$version": 2}]', '{}'),"""
    """ ('{"size": 2}', '[]', '{"a": "calm"}'), (NULL, '[{"amount": 7}]', '{"a": "secret"}'),"""
    """ ('{"size": 3}', '[]', '{}')"""
)


async def test_a_read_says_whose_value_does_not_read_and_gives_the_others(make_layer: MakeLayer) -> None:
    layer = await make_layer(Item)
    spec = layer.domain.of(Item)
    async with layer.engine.begin() as connection:
        await connection.exec_driver_sql(OLD)
    async with layer.snapshot_read() as reader:
        (first,) = await reader.read(
            Selection(spec, ("settings", "prices"), Compare(Comparison.EQ, Ref("id"), Value(1)))
        )
        assert first["settings"] == Settings(size=1, colour="red")
        assert first["prices"] == [Price(amount=5, currency="EUR"), Price(amount=6, currency="GBP")]
        with pytest.raises(Conflict) as refused:
            await reader.read(Selection(spec, ("id", "settings")))
        with pytest.raises(Conflict) as private:
            await reader.read(Selection(spec, ("moods",)))
        assert len(await reader.read(Selection(spec, ("id", "prices")))) == 4
    told = present(refused.value)
    assert (told.status, told.issues[0].code) == (500, "stored_value_unreadable")
    assert told.issues[0].message == (
        "what is stored of `Item.settings` in the record 2 does not read as it is declared today: colour: is required"
    )
    assert dict(told.issues[0].params) == {"resource": "Item", "attribute": "settings", "id": "2"}
    assert "`Item` in the record 3" in str(private.value)
    assert "secret" not in str(private.value)
    assert "moods" not in str(private.value)


async def test_a_write_of_a_record_that_does_not_read_is_refused_with_words(make_layer: MakeLayer) -> None:
    layer = await make_layer(Item)
    spec = layer.domain.of(Item)
    async with layer.engine.begin() as connection:
        await connection.exec_driver_sql(OLD)
    second = Compare(Comparison.EQ, Ref("id"), Value(2))
    with pytest.raises(Conflict, match=r"`Item\.settings` in the record 2 does not read"):
        async with layer.transaction() as tx:
            await tx.update(spec, second, {"prices": []})
    async with layer.transaction() as tx:
        (mended,) = await tx.update(spec, second, {"settings": Settings(size=2, colour="blue")})
    assert mended["settings"].colour == "blue"


async def test_what_does_not_read_is_found_and_what_is_old_rewritten(make_layer: MakeLayer) -> None:
    layer = await make_layer(Item)
    async with layer.engine.begin() as connection:
        await connection.exec_driver_sql(OLD)

    async def found(limit: int | None) -> list[Unreadable]:
        async with layer.engine.connect() as connection:
            return [each async for each in unreadable_values(layer.schema, connection, limit=limit)]

    settings, moods = await found(None)
    assert str(settings) == "`Item.settings` does not read in 2 records (2, 4): colour: is required"
    assert (moods.attribute, moods.rows, moods.sample) == ("moods", 1, ["3"])
    assert [each.rows for each in await found(2)] == [1]
    done = [each async for each in upgrade_documents(layer.schema, layer.engine)]
    assert done == [
        Upgraded("Item", "settings", 1, 2),
        Upgraded("Item", "prices", 2, 0),
        Upgraded("Item", "moods", 0, 1),
    ]
    async with layer.engine.connect() as connection:
        prices = (await connection.execute(sa.text("SELECT prices FROM items ORDER BY id"))).scalars().all()
    assert prices[0][0] == {"amount": 5, "currency": "EUR", "$version": 2}
    assert [each.rewritten async for each in upgrade_documents(layer.schema, layer.engine)] == [0, 0, 0]


class Size(Versioned):
    upgrades: ClassVar[Sequence[Upgrade]] = (lambda form: {"length": form["size"]},)

    length: int


class Odd(Resource):
    id: Attr[str] = attribute(primary_key=True, column_type="char(5)")
    char: Attr[Mood] = attribute(column_type="char(9)")
    varchar: Attr[Mood] = attribute(column_type="varchar(9)")
    named: Attr[Mood] = attribute(column_type="odd_mood")
    small: Attr[Literal[1, 2]] = attribute(column_type="smallint")
    flag: Attr[Literal[True]] = attribute(column_type="boolean")
    model: Attr[Size] = attribute(column_type="json")
    models: Attr[list[Size]] = attribute(column_type="json")
    mapped: Attr[dict[str, Size]] = attribute(column_type="jsonb")
    texts: Attr[list[str]] = attribute(column_type="text[]")
    moods: Attr[list[Mood]] = attribute(column_type="varchar[]")
    uuids: Attr[list[UUID]] = attribute(column_type="uuid[]")
    sums: Attr[list[Decimal]] = attribute(column_type="numeric[]")
    numbers: Attr[list[int]] = attribute(column_type="smallint[]")
    reals: Attr[list[float]] = attribute(column_type="real[]")
    flags: Attr[list[bool]] = attribute(column_type="boolean[]")
    days: Attr[list[date]] = attribute(column_type="date[]")
    moments: Attr[list[datetime]] = attribute(column_type="timestamptz[]")
    spans: Attr[list[timedelta]] = attribute(column_type="interval[]")


ODD = """
INSERT INTO odds VALUES ('ab', 'calm', 'calm', 'calm', 1, true, '{"size": 1}', '[{"size": 1}]', '{"a": {"size": 1}}',
 '{a,"b c"}', '{calm}', ARRAY[gen_random_uuid()], '{1.50,2}', '{1}', '{0.1}', '{t,f}', '{2024-01-01}',
 '{2024-01-01 10:00+02}', '{1 day,-00:00:01.5}');
INSERT INTO odds SELECT 'bad', char, varchar, named, small, flag, '{}', '[{}]', '{"a": 1}', '{NULL}', '{angry}',
 '{NULL}', '{NULL}', '{NULL}', '{NULL}', '{NULL}', '{NULL}', '{NULL}', '{NULL}' FROM odds;
"""


async def test_a_table_is_looked_at_and_measured_whatever_it_is_called(make_layer: MakeLayer) -> None:
    class Named(Item):
        sections = (Table('50% "off"'),)

    layer = await make_layer(Named)
    async with layer.engine.begin() as connection:
        await connection.execute(sa.text(OLD.replace("items", '"50% ""off"""').replace(":", r"\:")))
    async with layer.engine.connect() as connection:
        found = [each async for each in unreadable_values(layer.schema, connection)]
    assert [(each.attribute, each.rows) for each in found] == [("settings", 2), ("moods", 1)]
    assert await has_table(layer, layer.domain.of(Named))
    assert '50% "off"' in {figure.labels.get("table") for figure in await database_figures(layer)}


async def test_every_type_of_column_is_looked_at_as_it_is_read(make_layer: MakeLayer) -> None:
    layer = await make_layer(Odd)
    async with layer.engine.begin() as connection:
        for statement in ODD.split(";\n")[:-1]:
            await connection.exec_driver_sql(statement)
    whole = ("char", "varchar", "named", "small", "flag")
    broken = [name for name in layer.domain.of(Odd).attributes if name not in (*whole, "id")]

    async def found() -> dict[str, list[str]]:
        async with layer.engine.connect() as connection:
            return {each.attribute: each.sample async for each in unreadable_values(layer.schema, connection)}

    assert await found() == {name: ["bad"] for name in broken}
    rewritten = [(each.attribute, each.rewritten, each.unreadable) async for each in _upgraded(layer)]
    assert rewritten == [("model", 1, 1), ("models", 1, 1), ("mapped", 1, 1)]
    spec, newest = layer.domain.of(Odd), Size(length=1)
    async with layer.snapshot_read() as reader:
        good = Compare(Comparison.EQ, Ref("id"), Value("ab"))
        (row,) = await reader.read(Selection(spec, tuple(spec.attributes), good))
        for name in broken:
            with pytest.raises(Conflict, match=rf"`Odd\.{name}` in the record bad does not read"):
                await reader.read(Selection(spec, (name,)))
    assert (row["model"], row["models"], row["mapped"]) == (newest, [newest], {"a": newest})
    async with layer.engine.begin() as connection:
        stored = await connection.exec_driver_sql("SELECT model::jsonb, sums::text FROM odds WHERE id = 'ab'")
        assert stored.one() == ({"length": 1, "$version": 2}, "{1.50,2}")
        for column in ("char", "varchar"):
            await connection.exec_driver_sql(f"ALTER TABLE odds DROP CONSTRAINT ck_odds_{column}_choices")
        await connection.exec_driver_sql("UPDATE odds SET char = 'x', varchar = 'x' WHERE id = 'ab'")
    assert await found() == {"char": ["ab"], "varchar": ["ab"], **{name: ["bad"] for name in broken}}


async def test_documents_of_others_are_left_as_they_are(make_layer: MakeLayer) -> None:
    class Theirs(Resource):
        sections = (Table("items", managed=False),)
        id: Attr[int] = sequence_key()
        prices: Attr[list[Price]] = attribute()

    class Plain(Resource):
        sections = (Table("plain", managed=False),)
        id: Attr[int] = sequence_key()

    ours = await make_layer(Item)
    async with ours.engine.begin() as connection:
        await connection.exec_driver_sql(OLD)
    schema = schema_of(compile_domain(Domain("test", [Theirs, Plain])))
    assert [each async for each in upgrade_documents(schema, ours.engine)] == []
    assert left_to_others(schema.domain) == ["Theirs"]
    async with ours.engine.connect() as connection:
        assert [each async for each in unreadable_values(schema, connection)] == []


@pytest.mark.parametrize("where", ["postgres", "memory"])
async def test_a_model_with_a_version_is_stored_and_compared(make_layer: MakeLayer, where: str) -> None:
    class Offer(Resource):
        id: Attr[int] = sequence_key()
        price: Attr[Price] = attribute()

    domain = compile_domain(Domain("test", [Offer]))
    layer: Layer = MemoryLayer(domain)
    if where == "postgres":
        layer = made = await make_layer(Offer)
        domain = made.domain
    spec = domain.of(Offer)
    price = Price(amount=1, currency="EUR")
    async with layer.transaction() as tx:
        assert [row["price"] for row in await tx.insert(spec, [{"price": price}])] == [price]
    same = [Compare(Comparison.EQ, Ref("price"), Value(price)), Among(Ref("price"), (price,))]
    async with layer.snapshot_read() as reader:
        for condition in same:
            assert [row["price"] for row in await reader.read(Selection(spec, ("price",), condition))] == [price]
