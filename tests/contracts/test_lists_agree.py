"""A list of what related records hold compares with known, stored and other such lists alike in every layer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest

from framework.compiler.domain import Domain, compile_domain
from framework.data.memory import MemoryLayer
from framework.data.protocols import Layer
from framework.data.selection import Ordering, Selection
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.derived import calculate, list_of
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.expr.nodes import TRUE, Among, Call, Case, Compare, Comparison, Function, Node, Not, Ref, Value
from framework.sql.engine import create_tables, open_layer
from framework.sql.layer import SqlLayer


class Color(StrEnum):
    """What a part looks like."""

    RED = "red"
    BLUE = "blue"


class Whole(Resource):
    """Has parts, and lists of what it expects them to hold."""

    id: Attr[UUID] = primary_key()
    texts: Attr[list[str] | None] = attribute()
    numbers: Attr[list[int] | None] = attribute()
    reals: Attr[list[float] | None] = attribute()
    days: Attr[list[date] | None] = attribute()
    prices: Attr[list[Decimal] | None] = attribute()
    moments: Attr[list[datetime] | None] = attribute()
    colors: Attr[list[Color] | None] = attribute()
    flags: Attr[list[bool] | None] = attribute()
    spans: Attr[list[timedelta] | None] = attribute()
    parts: Many[Part] = has_many()

    of_texts: Attr[list[str]] = list_of(parts, lambda part: part.texts)
    of_numbers: Attr[list[int]] = list_of(parts, lambda part: part.numbers)
    of_reals: Attr[list[float]] = list_of(parts, lambda part: part.reals)
    of_days: Attr[list[date]] = list_of(parts, lambda part: part.days)
    of_prices: Attr[list[Decimal]] = list_of(parts, lambda part: part.prices)
    of_moments: Attr[list[datetime]] = list_of(parts, lambda part: part.moments)
    of_colors: Attr[list[Color]] = list_of(parts, lambda part: part.colors)
    of_flags: Attr[list[bool]] = list_of(parts, lambda part: part.flags)
    of_spans: Attr[list[timedelta]] = list_of(parts, lambda part: part.spans)

    or_texts: Attr[list[str]] = calculate(texts.or_else(of_texts))
    or_numbers: Attr[list[int]] = calculate(numbers.or_else(of_numbers))
    or_reals: Attr[list[float]] = calculate(reals.or_else(of_reals))
    or_days: Attr[list[date]] = calculate(days.or_else(of_days))
    or_prices: Attr[list[Decimal]] = calculate(prices.or_else(of_prices))
    or_moments: Attr[list[datetime]] = calculate(moments.or_else(of_moments))
    or_colors: Attr[list[Color]] = calculate(colors.or_else(of_colors))
    or_flags: Attr[list[bool]] = calculate(flags.or_else(of_flags))
    or_spans: Attr[list[timedelta]] = calculate(spans.or_else(of_spans))


class Part(Resource):
    """One value of each kind."""

    id: Attr[UUID] = primary_key()
    texts: Attr[str] = attribute()
    numbers: Attr[int] = attribute()
    reals: Attr[float] = attribute()
    days: Attr[date] = attribute()
    prices: Attr[Decimal] = attribute()
    moments: Attr[datetime] = attribute()
    colors: Attr[Color] = attribute()
    flags: Attr[bool] = attribute()
    spans: Attr[timedelta] = attribute()
    whole: One[Whole] = belongs_to()


WHOLES = compile_domain(Domain("wholes", [Whole, Part]))
VALUES: dict[str, tuple[Any, Any]] = {
    "texts": ("b", "a"),
    "numbers": (2, 1),
    "reals": (0.5, 1.5),
    "days": (date(2026, 3, 2), date(2026, 3, 1)),
    "prices": (Decimal("7.10"), Decimal("0.5")),
    "moments": (datetime(2026, 3, 2, 1, 4, 5, 600, UTC), datetime(2026, 3, 2, tzinfo=UTC)),
    "colors": (Color.RED, Color.BLUE),
    "flags": (True, False),
    "spans": (timedelta(days=-1, seconds=1), timedelta(hours=36)),
}
FULL, OTHER, EMPTY = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.fixture(scope="module")
async def wholes(make_database: Callable[[], Awaitable[str]]) -> AsyncIterator[SqlLayer]:
    """Wholes and parts in a database of their own."""
    async with open_layer(WHOLES, await make_database()) as layer:
        await create_tables(layer)
        await fill(layer)
        yield layer


async def fill(layer: Layer) -> None:
    """Two parts of one record that expects these, and of one that expects them the other way round; none of a third."""
    both = {name: list(values) for name, values in VALUES.items()}
    turned = {name: values[::-1] for name, values in both.items()}
    async with layer.transaction() as transaction:
        await transaction.insert(WHOLES.of(Whole), [{"id": FULL, **both}, {"id": OTHER, **turned}, {"id": EMPTY}])
        for place, whole in enumerate((FULL, FULL, OTHER, OTHER)):
            part = {name: values[place % 2] for name, values in VALUES.items()}
            await transaction.insert(WHOLES.of(Part), [{"id": UUID(int=place), "whole_id": whole, **part}])


async def found(layer: Layer, where: Node) -> set[UUID]:
    async with layer.snapshot_read() as reads:
        return {row["id"] for row in await reads.read(Selection(WHOLES.of(Whole), ("id",), where))}


@pytest.mark.parametrize("name", VALUES)
async def test_a_derived_list_compares_alike_with_every_other_list(wholes: SqlLayer, name: str) -> None:
    derived, known, none = Ref(f"of_{name}"), list(VALUES[name]), set[UUID]()
    memory = MemoryLayer(WHOLES)
    await fill(memory)
    expected: list[tuple[Node, set[UUID]]] = [
        (Compare(Comparison.EQ, derived, Value(known)), {FULL, OTHER}),
        (Compare(Comparison.EQ, Value(known), derived), {FULL, OTHER}),
        (Compare(Comparison.NE, derived, Value(known)), {EMPTY}),
        (Compare(Comparison.EQ, derived, Value(known[::-1])), none),
        (Compare(Comparison.EQ, derived, Value([])), {EMPTY}),
        (Compare(Comparison.EQ, derived, Value(None)), none),
        (Compare(Comparison.EQ, derived, derived), {FULL, OTHER, EMPTY}),
        (Compare(Comparison.EQ, derived, Ref(name)), {FULL}),
        (Compare(Comparison.NE, Ref(name), derived), {OTHER}),
        (Among(derived, (known, [])), {FULL, OTHER, EMPTY}),
        (Not(Among(derived, (known[:1], None))), none),
    ]
    for where, keys in expected:
        assert await found(memory, where) == keys, where
        assert await found(wholes, where) == keys, where


async def test_a_derived_list_of_whole_numbers_compares_with_fractions_and_long_numbers(wholes: SqlLayer) -> None:
    memory = MemoryLayer(WHOLES)
    await fill(memory)
    for known, keys in (([2.0, 1.0], {FULL, OTHER}), ([2.5, 1], set()), ([2**64, 1], set())):
        where = Compare(Comparison.EQ, Ref("of_numbers"), Value(known))
        assert await found(memory, where) == await found(wholes, where) == keys


def either(one: Node, other: Node) -> Node:
    """The one for the record that is FULL, the other for all others."""
    return Case(Compare(Comparison.EQ, Ref("id"), Value(FULL)), one, other)


def present(*lists: Node) -> Node:
    """The first of the lists that is there."""
    return Call(Function.COALESCE, lists)


@pytest.mark.parametrize("name", VALUES)
async def test_a_choice_between_stored_derived_and_known_lists_is_alike_in_every_layer(
    wholes: SqlLayer, name: str
) -> None:
    kept, derived, known = Ref(name), Ref(f"of_{name}"), Value(list(VALUES[name]))
    turned = Value(list(VALUES[name])[::-1])
    memory = MemoryLayer(WHOLES)
    await fill(memory)
    every = {FULL, OTHER, EMPTY}
    expected: list[tuple[Node, Node, set[UUID]]] = [
        (present(kept, derived), known, {FULL}),
        (present(kept, derived), Value([]), {EMPTY}),
        (present(derived, kept), known, {FULL, OTHER}),
        (present(kept, known), known, {FULL, EMPTY}),
        (present(Value(None), derived), known, {FULL, OTHER}),
        (present(kept, derived), derived, {FULL, EMPTY}),
        (present(kept, derived), present(derived, kept), {FULL, EMPTY}),
        (present(kept, derived), kept, {FULL, OTHER}),
        (either(derived, kept), known, {FULL}),
        (either(kept, derived), known, {FULL, OTHER}),
        (either(turned, derived), turned, {FULL}),
        (either(known, kept), present(kept, derived), {FULL, OTHER}),
        (either(kept, derived), either(derived, derived), every),
    ]
    for left, right, keys in expected:
        where = Compare(Comparison.EQ, left, right)
        assert await found(memory, where) == keys, where
        assert await found(wholes, where) == keys, where
        assert await found(wholes, Compare(Comparison.EQ, right, left)) == keys, where
    among = Among(present(kept, derived), (list(VALUES[name]), []))
    assert await found(memory, among) == await found(wholes, among) == {FULL, EMPTY}


@pytest.mark.parametrize("name", VALUES)
async def test_a_choice_between_a_stored_and_a_derived_list_is_read_as_its_values(wholes: SqlLayer, name: str) -> None:
    memory = MemoryLayer(WHOLES)
    await fill(memory)
    expected = {FULL: list(VALUES[name]), OTHER: list(VALUES[name])[::-1], EMPTY: []}
    for layer in (memory, wholes):
        async with layer.snapshot_read() as reads:
            rows = await reads.read(Selection(WHOLES.of(Whole), ("id", f"or_{name}")))
        told = {row["id"]: row[f"or_{name}"] for row in rows}
        assert told == expected
        assert {type(value) for values in told.values() for value in values} == {type(VALUES[name][0])}


class Undone(Exception):
    """Nothing of this is to be kept."""


@pytest.mark.parametrize("name", VALUES)
async def test_a_list_that_is_worked_out_is_stored_alike_in_every_layer(wholes: SqlLayer, name: str) -> None:
    memory = MemoryLayer(WHOLES)
    await fill(memory)
    whole, known = WHOLES.of(Whole), list(VALUES[name])
    for node in (Ref(f"of_{name}"), either(Ref(name), Ref(f"of_{name}")), present(Ref(f"of_{name}"), Value(known))):
        kept = []
        for layer in (memory, wholes):
            with suppress(Undone):
                async with layer.transaction() as transaction:
                    await transaction.update(whole, TRUE, {name: node})
                    rows = await transaction.read(
                        Selection(whole, ("id", name), TRUE, (Ordering(Ref("id"), False, False),))
                    )
                    kept.append([row[name] for row in rows])
                    raise Undone
        assert kept[0] == kept[1]
        assert kept[0][0] == known
        assert [type(value) for value in kept[1][0]] == [type(value) for value in known]
