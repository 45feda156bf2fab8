"""Every value, however large, deep or odd, is kept alike by every layer, or refused by all in the same words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from framework.compiler.domain import Domain, compile_domain
from framework.data.memory import MemoryLayer
from framework.data.protocols import Layer, Row
from framework.data.selection import Selection
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.errors import Failure, Path
from framework.expr.nodes import equals
from framework.identifiers import uuid7
from framework.sql.engine import create_tables, open_layer
from framework.sql.layer import SqlLayer


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
@example(asked=("span", timedelta.max))
@example(asked=("span", timedelta.min))
async def test_a_value_is_kept_alike_or_refused_alike(boxes: SqlLayer, asked: tuple[str, Any]) -> None:
    name, value = asked
    memory = MemoryLayer(BOXES)
    for store in (inserted, updated):
        assert await told(store(memory, name, value)) == await told(store(boxes, name, value))
