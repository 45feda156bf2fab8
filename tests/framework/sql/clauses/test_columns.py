"""Values of every type, stored and read back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any, Literal
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from pydantic import BaseModel

from framework.data.selection import Selection
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.errors import Conflict
from framework.types.resolve import Vector
from tests.framework.sql.conftest import MakeLayer


class Mood(StrEnum):
    CALM = "calm"
    CROSS = "cross"


class Grade(Enum):
    LOW = 1
    HIGH = 2


class Budget(BaseModel):
    spend: Decimal = Decimal("1.50")
    within: timedelta = timedelta(minutes=5)


class Sample(Resource):
    id: Attr[UUID] = primary_key()
    text: Attr[str] = attribute()
    whole: Attr[int] = attribute()
    real: Attr[float] = attribute()
    yes: Attr[bool] = attribute()
    money: Attr[Decimal] = attribute(max_digits=12, decimal_places=2)
    exact: Attr[Decimal] = attribute()
    key: Attr[UUID] = attribute()
    day: Attr[date] = attribute()
    at: Attr[datetime] = attribute()
    span: Attr[timedelta] = attribute()
    mood: Attr[Mood] = attribute()
    grade: Attr[Grade] = attribute()
    size: Attr[Literal["s", "m"]] = attribute()
    step: Attr[Literal[1, 2]] = attribute()
    flag: Attr[Literal[True]] = attribute()
    days: Attr[list[date]] = attribute()
    prices: Attr[dict[str, Decimal]] = attribute()
    budget: Attr[Budget] = attribute()
    free: Attr[dict[str, Any]] = attribute()
    maybe: Attr[Budget | None] = attribute()


VALUES: dict[str, Any] = {
    "text": "naïve %_\\ ' \" \u2028 🎈",
    "whole": -(2**63),
    "real": 1e-300,
    "yes": True,
    "money": Decimal("-9999999999.99"),
    "exact": Decimal("0.1234567890123456789012345678901234567890"),
    "key": UUID(int=7),
    "day": date(1, 1, 1),
    "at": datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC),
    "span": timedelta(days=-400, microseconds=1),
    "mood": Mood.CROSS,
    "grade": Grade.HIGH,
    "size": "m",
    "step": 2,
    "flag": True,
    "days": [date(2024, 1, 1), date(2025, 1, 1)],
    "prices": {"a": Decimal("0.10"), "": Decimal(2)},
    "budget": Budget(spend=Decimal("2.25")),
    "free": {"deep": [1, 2.5, None, {"": "x"}], "null": None},
    "maybe": None,
}


async def test_every_type_comes_back_as_it_went_in(make_layer: MakeLayer) -> None:
    layer = await make_layer(Sample)
    spec = layer.domain.of(Sample)
    row = {"id": uuid4(), **VALUES}
    async with layer.transaction() as tx:
        assert await tx.insert(spec, [row]) == [row]
    async with layer.snapshot_read() as reader:
        (found,) = await reader.read(Selection(spec, tuple(spec.attributes)))
    assert found == row
    assert {name: type(value) for name, value in found.items()} == {name: type(value) for name, value in row.items()}


async def test_a_time_elsewhere_is_the_same_moment_in_utc(make_layer: MakeLayer) -> None:
    layer = await make_layer(Sample)
    row = {"id": uuid4(), **VALUES, "at": datetime.fromisoformat("2024-06-01T12:00:00+05:30")}
    async with layer.transaction() as tx:
        (stored,) = await tx.insert(layer.domain.of(Sample), [row])
    assert stored["at"].isoformat() == "2024-06-01T06:30:00+00:00"


async def test_what_a_type_no_longer_reads_is_said_and_not_passed_on(make_layer: MakeLayer) -> None:
    layer = await make_layer(Sample)
    spec = layer.domain.of(Sample)
    async with layer.transaction() as tx:
        await tx.insert(spec, [{"id": uuid4(), **VALUES}])
    async with layer.engine.begin() as connection:
        await connection.execute(sa.text("""UPDATE samples SET budget = '{"spend": "much"}'"""))
    async with layer.snapshot_read() as reader:
        with pytest.raises(Conflict, match=r"`Sample\.budget` in the record .* spend: ") as refused:
            await reader.read(Selection(spec, ("budget",)))
    (issue,) = refused.value.issues
    assert (issue.code, issue.params["attribute"]) == ("stored_value_unreadable", "budget")
    assert "much" not in issue.message


async def test_a_member_that_is_gone_is_said(make_layer: MakeLayer) -> None:
    layer = await make_layer(Sample)
    spec = layer.domain.of(Sample)
    async with layer.transaction() as tx:
        await tx.insert(spec, [{"id": uuid4(), **VALUES}])
    async with layer.engine.begin() as connection:
        await connection.execute(sa.text("ALTER TABLE samples DROP CONSTRAINT ck_samples_mood_choices"))
        await connection.execute(sa.text("UPDATE samples SET mood = 'gone'"))
    async with layer.snapshot_read() as reader:
        with pytest.raises(Conflict, match=r"`Sample\.mood` in the record .*: has to be"):
            await reader.read(Selection(spec, ("mood",)))


async def test_a_vector_comes_back(make_layer: MakeLayer) -> None:
    class Passage(Resource):
        id: Attr[UUID] = primary_key()
        embedding: Attr[Vector] = attribute(dimensions=3)
        other: Attr[Vector | None] = attribute(dimensions=2)

    layer = await make_layer(Passage)
    row = {"id": uuid4(), "embedding": [0.5, -1.25, 3.0], "other": None}
    async with layer.transaction() as tx:
        assert await tx.insert(layer.domain.of(Passage), [row]) == [row]
