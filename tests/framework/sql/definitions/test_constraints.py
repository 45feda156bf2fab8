"""Limits that the database upholds, whoever writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

import pytest
import sqlalchemy as sa

from framework.declare.attributes import Attr, attribute, sequence_key
from framework.declare.resource import Resource
from framework.errors import Invalid
from framework.sql.layer import SqlLayer
from tests.framework.sql.conftest import MakeLayer


class Size(StrEnum):
    SMALL = "small"


class Parcel(Resource):
    id: Attr[int] = sequence_key()
    code: Attr[str | None] = attribute(min_length=2, pattern="^[a-z]+$")
    weight: Attr[float | None] = attribute(ge=0.5)
    count: Attr[int | None] = attribute(le=9)
    price: Attr[Decimal | None] = attribute(ge=Decimal("0.1"), decimal_places=2)
    total: Attr[Decimal | None] = attribute(max_digits=3)
    sent: Attr[datetime | None] = attribute(ge=datetime(2020, 1, 1, tzinfo=UTC))
    takes: Attr[timedelta | None] = attribute(le=timedelta(days=1, seconds=0.5))
    size: Attr[Size | None] = attribute()
    zone: Attr[Literal[1, 2] | None] = attribute()
    labels: Attr[list[str] | None] = attribute(min_length=1, max_length=2)


ALLOWED: dict[str, Any] = {
    "code": "ab",
    "weight": 0.5,
    "count": 9,
    "price": Decimal("0.10"),
    "total": Decimal("999.5"),
    "sent": datetime(2020, 1, 1, tzinfo=UTC),
    "takes": timedelta(days=1, seconds=0.5),
    "size": Size.SMALL,
    "zone": 2,
    "labels": ["a", "b"],
}
REFUSED = [
    ("code", "a", "`code` must have at least 2 characters"),
    ("code", "a1", "`code` must match ^[a-z]+$"),
    ("weight", 0.49, "`weight` must be at least 0.5"),
    ("count", 10, "`count` must be at most 9"),
    ("price", Decimal("0.09"), "`price` must be at least 0.1"),
    ("price", Decimal("1.234"), "`price` must have at most 2 decimal places"),
    ("total", Decimal(1000), "`total` must have at most 3 digits"),
    ("sent", datetime(2019, 12, 31, tzinfo=UTC), "`sent` must be at least 2020-01-01 00:00:00+00:00"),
    ("takes", timedelta(days=1, seconds=1), "`takes` must be at most 1 day, 0:00:00.500000"),
    ("size", "huge", "`size` must be one of small"),
    ("zone", 3, "`zone` must be one of 1, 2"),
    ("labels", ["a", "b", "c"], "`labels` must have at most 2 items"),
    ("labels", [], "`labels` must have at least 1 item"),
]


@pytest.fixture
async def layer(make_layer: MakeLayer) -> SqlLayer:
    """Parcels."""
    return await make_layer(Parcel)


async def test_what_is_within_the_limits_or_absent_is_stored(layer: SqlLayer) -> None:
    async with layer.transaction() as tx:
        spec = layer.domain.of(Parcel)
        rows = await tx.insert(spec, [ALLOWED, dict.fromkeys(ALLOWED)])
    assert [{name: row[name] for name in ALLOWED} for row in rows] == [ALLOWED, dict.fromkeys(ALLOWED)]


@pytest.mark.parametrize(("name", "value", "says"), REFUSED)
async def test_what_is_outside_is_refused_in_words(layer: SqlLayer, name: str, value: Any, says: str) -> None:
    with pytest.raises(Invalid) as caught:
        async with layer.transaction() as tx:
            await tx.insert(layer.domain.of(Parcel), [{name: value}])
    (issue,) = caught.value.issues
    assert (issue.code, issue.path, issue.message) == ("check_failed", (name,), says)


async def test_a_rule_of_somebody_s_own_is_refused_too(layer: SqlLayer) -> None:
    async with layer.engine.begin() as connection:
        await connection.execute(sa.text("ALTER TABLE parcels ADD CONSTRAINT odd CHECK (count % 2 = 1)"))
    with pytest.raises(Invalid) as caught:
        async with layer.transaction() as tx:
            await tx.insert(layer.domain.of(Parcel), [{"count": 2}])
    assert caught.value.issues[0].params == {"rule": "odd", "table": "parcels"}
