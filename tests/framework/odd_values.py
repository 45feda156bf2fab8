"""Values that somebody may send, right and wrong, as JSON and as texts of an address; and a record of every type."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Any, Literal
from uuid import UUID

from hypothesis import strategies as st
from pydantic import BaseModel, Field

from framework.declare.actions import Create, Destroy, Read, Update, argument
from framework.declare.attributes import Attr, attribute, sequence_key
from framework.declare.resource import Resource
from framework.expr.build import argument_value


class Mood(StrEnum):
    CALM = "calm"
    LOUD = "loud"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Part(BaseModel):
    name: str = Field(alias="partName")
    size: int = 1
    due: date | None = None
    more: dict[str, Any] = {}


NAMES = (
    *("text", "whole", "real", "truth", "exact", "money", "key", "day", "at", "span", "mood", "level", "choice"),
    *("texts", "spans", "wholes", "part", "data"),
)


class Thing(Resource):
    """A record with a value of every type."""

    number: Attr[int] = sequence_key()
    text: Attr[str | None] = attribute(default=None, max_length=50)
    whole: Attr[int | None] = attribute(default=None)
    real: Attr[float | None] = attribute(default=None)
    truth: Attr[bool | None] = attribute(default=None)
    exact: Attr[Decimal | None] = attribute(default=None)
    money: Attr[Decimal | None] = attribute(default=None, max_digits=10, decimal_places=2)
    key: Attr[UUID | None] = attribute(default=None)
    day: Attr[date | None] = attribute(default=None)
    at: Attr[datetime | None] = attribute(default=None)
    span: Attr[timedelta | None] = attribute(default=None)
    mood: Attr[Mood | None] = attribute(default=None)
    level: Attr[Level | None] = attribute(default=None)
    choice: Attr[Literal[1, 2] | None] = attribute(default=None)
    texts: Attr[list[str] | None] = attribute(default=None)
    spans: Attr[list[timedelta] | None] = attribute(default=None)
    wholes: Attr[dict[str, int] | None] = attribute(default=None)
    part: Attr[Part | None] = attribute(default=None)
    data: Attr[dict[str, Any] | None] = attribute(default=None)

    browse = Read()
    asked = Read(
        arguments={
            "wanted": argument(int | None, default=None),
            "since": argument(datetime | None, default=None),
            "levels": argument(list[Level] | None, default=None),
            "about": argument(Part | None, default=None),
        },
        where=whole == argument_value("wanted"),
    )
    make = Create(accept=NAMES)
    update = Update(accept=NAMES)
    remove = Destroy()


RIGHT: tuple[Any, ...] = (
    None,
    True,
    0,
    1,
    -1,
    2**31,
    1.5,
    "",
    "a",
    "calm",
    "1.50",
    "2026-05-01",
    "2026-05-01T10:00:00Z",
    "PT1H30M",
    "P365D",
    "019a0000-0000-7000-8000-000000000000",
    ["a"],
    ["PT1S"],
    {"a": 1},
    {"name": "x", "due": "2026-05-01", "more": {"b": [1.5]}},
)
WRONG: tuple[Any, ...] = (
    2**63,
    2**64,
    -(2**63) - 1,
    10**400,
    1e308,
    -0.0,
    5e-324,
    "7",
    "1_0.5",
    "\u0661",
    "NaN",
    "Infinity",
    "1e999999999",
    "1e400",
    "yes",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-02-30",
    "P999999999D",
    "P1Y",
    "-P1M",
    "a\x00b",
    "\U0001f44d",
    "x" * 9000,
    [],
    {},
    [None],
    [[["a"]]],
    {"": ""},
    {"a\x00": 1},
    {"name": 1, "nmae": 2},
    {"more": {"a": 2**70}},
)


def nested(depth: int) -> Any:
    """Lists in one another."""
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


DEEP = tuple(nested(depth) for depth in (63, 65, 252, 500))
scalars = st.one_of(
    st.sampled_from(RIGHT),
    st.sampled_from(WRONG),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20).filter(str.isprintable),
    st.datetimes().map(str),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
)
values = st.one_of(
    st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "name", "é"]), inner),
        max_leaves=5,
    ),
    st.sampled_from(DEEP),
)
