"""Every value, however large, deep or odd, is kept alike by every layer, or refused by all in the same words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from framework.compiler.domain import Domain, compile_domain
from framework.data.memory import MemoryLayer
from framework.data.protocols import Layer, Row
from framework.data.selection import Selection
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.errors import Failure, Path
from framework.expr.nodes import Among, Compare, Comparison, Node, Ref, Value, equals, every
from framework.identifiers import uuid7
from framework.sql.engine import create_tables, open_layer
from framework.sql.layer import SqlLayer


class Offer(BaseModel):
    """What is asked for something, and from when on."""

    price: Decimal
    since: datetime | None = None
    steps: dict[str, list[Decimal]] = {}


class Box(Resource):
    """One value of each kind, any of which may be absent."""

    id: Attr[UUID] = primary_key()
    text: Attr[str | None] = attribute()
    number: Attr[int | None] = attribute()
    real: Attr[float | None] = attribute()
    exact: Attr[Decimal | None] = attribute()
    day: Attr[date | None] = attribute()
    moment: Attr[datetime | None] = attribute()
    span: Attr[timedelta | None] = attribute()
    texts: Attr[list[str] | None] = attribute()
    moments: Attr[list[datetime] | None] = attribute()
    counts: Attr[dict[str, int] | None] = attribute()
    prices: Attr[dict[str, Decimal] | None] = attribute()
    offer: Attr[Offer | None] = attribute()
    anything: Attr[dict[str, Any] | None] = attribute()


BOXES = compile_domain(Domain("boxes", [Box]))
BOX = BOXES.of(Box)
# Halves of surrogate pairs and NUL among them.
TEXTS = st.text(st.characters(exclude_categories=()), max_size=8)
NUMBERS = st.integers(-(2**65), 2**65) | st.sampled_from([2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64 - 1, 2**64])
ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(timezones=ZONES) | st.sampled_from(
    [
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12))),
    ]
)
EXACT = st.decimals() | st.builds(
    lambda digits, power: Decimal(digits).scaleb(power),
    st.integers(-(10**6), 10**6),
    st.integers(-17_000, 17_000) | st.sampled_from([131_071, 131_072, 200_000]),
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXTS,
    "number": NUMBERS,
    "real": st.floats(),
    "exact": EXACT,
    "day": st.dates(),
    "moment": MOMENTS,
    "span": st.timedeltas(),
    "texts": st.lists(TEXTS, max_size=3),
    "moments": st.lists(MOMENTS, max_size=2),
    "counts": st.dictionaries(TEXTS, NUMBERS, max_size=3),
    "anything": st.dictionaries(TEXTS, ANYTHING, max_size=3),
}
SHORT = st.decimals(-(10**6), 10**6, places=3) | st.sampled_from(
    [Decimal(each) for each in ("7.1", "7.10", "-0", "0.00", "1E+3", "1000", "1E-9", "0.0000000010", "1E+60")]
)
VALUES |= {
    "prices": st.dictionaries(st.sampled_from("ab"), SHORT, max_size=2),
    "offer": st.builds(
        Offer,
        price=SHORT,
        since=st.none() | MOMENTS,
        steps=st.dictionaries(st.sampled_from("ab"), st.lists(SHORT, max_size=2), max_size=2),
    ),
}
ONE_VALUE = st.sampled_from([*VALUES]).flatmap(lambda name: st.tuples(st.just(name), VALUES[name]))
Told = tuple[str, str, str, Path] | Any


@pytest.fixture(scope="module")
async def boxes(make_database: Callable[[], Awaitable[str]]) -> AsyncIterator[SqlLayer]:
    """Boxes in a database of their own."""
    async with open_layer(BOXES, await make_database()) as layer:
        await create_tables(layer)
        yield layer


async def told(work: Awaitable[Any]) -> Told:
    """What is stored, or how it is refused."""
    try:
        return await work
    except Failure as failure:
        (issue,) = failure.issues
        return type(failure).__name__, issue.code, issue.message, issue.path


async def inserted(layer: Layer, name: str, value: Any) -> Any:
    """The value as an insert keeps it and as it is read again."""
    key = uuid7()
    async with layer.transaction() as transaction:
        (row,) = await transaction.insert(BOX, [{"id": key, name: value}])
    async with layer.snapshot_read() as reads:
        (found,) = await reads.read(Selection(BOX, (name,), equals(id=key)))
    assert row[name] == found[name]
    return row[name]


async def updated(layer: Layer, name: str, value: Any) -> Any:
    """The value as a change of two records keeps it in the second."""
    first, key = uuid7(), uuid7()
    empty: list[Row] = [{"id": first}, {"id": key}]
    async with layer.transaction() as transaction:
        await transaction.insert(BOX, empty)
        rows = await transaction.update_each(BOX, {first: {name: None}, key: {name: value}}, None)
    return {row["id"]: row[name] for row in rows}[key]


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(asked=ONE_VALUE)
@example(asked=("texts", ["\x00"]))
@example(asked=("anything", {"\x00": 1}))
@example(asked=("anything", {"a": 2**64}))
@example(asked=("anything", {"a": float("inf")}))
@example(asked=("exact", Decimal("1E+200000")))
@example(asked=("moment", datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))))
@example(asked=("moments", [datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))]))
@example(asked=("span", timedelta.max))
@example(asked=("span", timedelta.min))
async def test_a_value_is_kept_alike_or_refused_alike(boxes: SqlLayer, asked: tuple[str, Any]) -> None:
    name, value = asked
    memory = MemoryLayer(BOXES)
    for store in (inserted, updated):
        assert await told(store(memory, name, value)) == await told(store(boxes, name, value))


def written_otherwise(value: Any) -> Any:
    """An equal value: moments in another zone, decimals with another zero."""
    match value:
        case datetime():
            return value.astimezone(timezone(timedelta(hours=2)))
        case Decimal():
            return Decimal(f"{value:f}0") if "." in f"{value:f}" else Decimal(f"{value:f}.0")
        case list():
            return [written_otherwise(item) for item in value]
        case dict():
            return {name: written_otherwise(item) for name, item in value.items()}
        case Offer():
            return Offer(**{name: written_otherwise(item) for name, item in value})
        case _:
            return value


NEAR = st.builds(
    lambda seconds, hours: datetime.fromtimestamp(seconds, timezone(timedelta(hours=hours))),
    st.integers(0, 10**9),
    st.integers(-15, 15),
)
WITHIN: dict[str, st.SearchStrategy[Any]] = {
    "moments": st.lists(NEAR, min_size=1, max_size=2),
    "prices": VALUES["prices"],
    "offer": st.builds(Offer, price=SHORT, since=NEAR, steps=st.just({"a": [Decimal("2.50")]})),
}


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(asked=st.sampled_from([*WITHIN]).flatmap(lambda name: st.tuples(st.just(name), WITHIN[name])))
@example(asked=("moments", [datetime(2026, 3, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2)))]))
@example(asked=("prices", {"k": Decimal("7.10")}))
@example(asked=("offer", Offer(price=Decimal("2.50"), since=datetime(2026, 3, 2, tzinfo=UTC))))
async def test_equal_values_within_a_document_are_found_however_they_are_written(
    boxes: SqlLayer, asked: tuple[str, Any]
) -> None:
    name, value = asked
    other = written_otherwise(value)
    for layer in (MemoryLayer(BOXES), boxes):
        key = uuid7()
        async with layer.transaction() as transaction:
            await transaction.insert(BOX, [{"id": key, name: value}])
        tests: list[tuple[Node, int]] = [
            (Compare(Comparison.EQ, Ref(name), Value(other)), 1),
            (Compare(Comparison.NE, Ref(name), Value(other)), 0),
            (Among(Ref(name), (other,)), 1),
        ]
        async with layer.snapshot_read() as reads:
            for where, count in tests:
                found = await reads.read(Selection(BOX, ("id",), every(where, equals(id=key))))
                assert len(found) == count, where
