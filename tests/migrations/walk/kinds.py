"""The kinds of values that a walk declares, and how PostgreSQL has to turn one into another, worked out in Python."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

Value = Any
Holds = Callable[[Value], bool]


@dataclass(frozen=True, slots=True)
class Kind:
    """What is declared (`says`, with `words` always), kept as `storage`; some values, and limits by their words."""

    says: str
    storage: str
    samples: tuple[Value, ...]
    words: str = ""
    limits: Mapping[str, Holds] = field(default_factory=dict)
    choices: tuple[Value, ...] | None = None
    made: str | None = None

    def holds(self, value: Value, limit: str | None) -> bool:
        """Whether a value that is there is one of this kind, within the limit."""
        if self.choices is not None and value not in self.choices:
            return False
        return limit is None or self.limits[limit](value)


NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)
TEXTS = {
    "max_length=1": lambda text: len(text) <= 1,
    "min_length=1": lambda text: len(text) >= 1,
    "pattern='^[a7]|%'": lambda text: text[:1] in ("a", "7") or "%" in text,
}
KINDS: Mapping[str, Kind] = {
    "text": Kind("str", "text", ("a", "7", "b", "", "50% :x 'y' \\z", "2024-02-29", "true"), limits=TEXTS),
    "letter": Kind("Literal['a', 'b', '7']", "text", ("a", "b", "7"), choices=("a", "b", "7")),
    "lettre": Kind("Literal['a', 'c', '7']", "text", ("a", "c", "7"), choices=("a", "c", "7")),
    "fewer": Kind("Literal['a', '7']", "text", ("a", "7"), choices=("a", "7")),
    "number": Kind(
        "int",
        "int",
        (7, 0, 1, -3, 9007199254740993),
        limits={"ge=0": lambda number: number >= 0, "le=5": lambda number: number <= 5},
    ),
    "ratio": Kind("float", "float", (1.5, 7.0, 0.0, 0.125), limits={"ge=1": lambda number: number >= 1}),
    "price": Kind(
        "Decimal",
        "numeric2",
        (Decimal("7.00"), Decimal("2.50"), Decimal("0.25")),
        "max_digits=8, decimal_places=2",
        limits={"ge=1": lambda number: number >= 1},
    ),
    "dime": Kind("Decimal", "numeric1", (Decimal("7.0"), Decimal("2.5")), "max_digits=8, decimal_places=1"),
    # No other number of digits, and another order of texts.
    "sum": Kind(
        "Decimal", "numeric", (Decimal(7), Decimal("1.0625"), Decimal("2.5")), limits={"ge=1": lambda n: n >= 1}
    ),
    "plain": Kind("str", "text", ("a", "7", "B"), "column_type='text'"),
    "flag": Kind("bool", "bool", (True, False)),
    "day": Kind("datetime.date", "date", (date(2024, 2, 29), date(1999, 12, 31))),
    "moment": Kind(
        "datetime.datetime", "timestamptz", (NOON, datetime(2024, 2, 29, tzinfo=UTC)), made="default=moment()"
    ),
    "ident": Kind("UUID", "uuid", (UUID(int=7), UUID(int=8)), made="default_factory=uuid4"),
    "tags": Kind(
        "list[str]", "jsonb", (["a"], [], ["it's", "50%"]), limits={"max_length=1": lambda tags: len(tags) <= 1}
    ),
}
NUMBERS = ("number", "ratio", "price", "dime")
# A choice that goes while one comes has another name now.
RENAMED_MEMBERS: Mapping[tuple[str, str], Mapping[Value, Value]] = {
    ("letter", "lettre"): {"b": "c"},
    ("lettre", "letter"): {"c": "b"},
}
# What may be worked out of a value of a kind, as it is declared and in Python.
FORMULAS: Mapping[str, Mapping[str, Callable[[Value], Value]]] = {
    "number": {"{0} * 2": lambda number: number * 2, "{0} * 3": lambda number: number * 3},
    "text": {"{0}.lower()": str.lower, "{0}.upper()": str.upper},
}


class Lost(Exception):
    """Another type cannot hold the value as it is."""


class Unreadable(Exception):
    """The text is no value of that type."""


def kept(value: Value, back: Value) -> None:
    """Raises Lost where the way there and back gives another value."""
    if value != back:
        raise Lost


def to_numeric(value: Value, places: int) -> Decimal:
    whole = Decimal(value).quantize(Decimal(1).scaleb(-places), rounding="ROUND_HALF_UP")
    if abs(whole) >= 10 ** (8 - places):
        raise Unreadable
    kept(Decimal(value), whole)
    return whole


def to_int(value: Value) -> int:
    kept(value, int(value))
    return int(value)


def to_float(value: Value) -> float:
    kept(value, float(value) if not isinstance(value, int) else int(float(value)))
    return float(value)


def to_bool(value: Value) -> bool:
    kept(value, int(bool(value)))
    return bool(value)


def to_date(value: datetime) -> date:
    kept(value, datetime.combine(value.date(), time(), UTC))
    return value.date()


def to_text(value: Value) -> str:
    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}+00"
        case list() | dict():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


def of_text(text: str, storage: str) -> Value:
    """What PostgreSQL reads, for the texts that a walk meets."""
    try:
        match storage:
            case "int":
                return int(text)
            case "float":
                return float(text)
            case "numeric1" | "numeric2":
                return to_numeric(Decimal(text), int(storage[-1]))
            case "numeric":
                return Decimal(text)
            case "bool":
                return {"true": True, "false": False, "1": True, "0": False}[text]
            case "date" | "timestamptz":
                moment = datetime.fromisoformat(f"{text}:00" if text.endswith("+00") else text)
                moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
                return to_date(moment) if storage == "date" else moment
            case "uuid":
                return UUID(text)
            case _:
                return json.loads(text)
    except (ValueError, ArithmeticError, KeyError):
        raise Unreadable from None


TO: Mapping[str, Callable[[Value], Value]] = {
    "int": to_int,
    "float": to_float,
    "numeric": Decimal,
    "numeric2": lambda value: to_numeric(value, 2),
    "numeric1": lambda value: to_numeric(value, 1),
    "bool": to_bool,
}


def convertible(old: str, new: str) -> bool:
    """Whether there is a conversion between two types."""
    both = {old, new}
    return old == new or bool({"text", "jsonb"} & both) or both <= {*TO} or both == {"date", "timestamptz"}


def converted(value: Value, old: str, new: str) -> Value:
    """The value as another type; raises Lost or Unreadable."""
    if value is None or old == new:
        return value
    if new == "text":
        return to_text(value)
    if old == "text":
        return of_text(value, new)
    if new == "jsonb":
        return float(value) if isinstance(value, Decimal) else orjson.loads(orjson.dumps(value))
    if old == "jsonb":
        return of_text(value if isinstance(value, str) else json.dumps(value), new)
    if new == "timestamptz":
        return datetime.combine(value, time(), UTC)
    return to_date(value) if new == "date" else TO[new](value)
