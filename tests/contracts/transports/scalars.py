"""A resource with a value of every kind, and JSON texts that no value of most kinds is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from framework.compiler.domain import Domain, compile_domain
from framework.declare.actions import Create, Read, argument
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.graphql.extension import GRAPHQL
from framework.rest.extension import REST
from framework.types.resolve import Vector

SMALL = 2**31 - 1


class Size(StrEnum):
    """How large."""

    SMALL = "small"
    LARGE = "very-large"


class Part(BaseModel):
    """What something is made of."""

    label: str = ""
    weight: Annotated[int | None, Field(ge=0)] = None
    lasts: list[timedelta] = []


class Sample(Resource):
    """One value of every kind."""

    id: Attr[UUID] = primary_key()
    text: Attr[str | None] = attribute(default=None, max_length=50)
    code: Attr[str | None] = attribute(default=None, pattern="^[a-z]+$")
    number: Attr[int | None] = attribute(default=None)
    small: Attr[int | None] = attribute(default=None, ge=0, le=SMALL)
    ratio: Attr[float | None] = attribute(default=None)
    flag: Attr[bool | None] = attribute(default=None)
    price: Attr[Decimal | None] = attribute(default=None)
    ref: Attr[UUID | None] = attribute(default=None)
    day: Attr[date | None] = attribute(default=None)
    at: Attr[datetime | None] = attribute(default=None)
    lasting: Attr[timedelta | None] = attribute(default=None)
    size: Attr[Size | None] = attribute(default=None)
    word: Attr[Literal["a", "b c"] | None] = attribute(default=None)
    names: Attr[list[str] | None] = attribute(default=None)
    sizes: Attr[list[Size] | None] = attribute(default=None)
    map: Attr[dict[str, Any] | None] = attribute(default=None)
    part: Attr[Part | None] = attribute(default=None)
    meaning: Attr[Vector | None] = attribute(default=None, dimensions=2)

    browse = Read()
    find = Read(arguments={"at_least": argument(int | None), "on": argument(date | None)})
    make = Create(accept=[text, code, number, small, ratio, flag, price, ref, day, at, lasting, size, word, names,
                          sizes, map, part, meaning])  # fmt: skip


SAMPLES = compile_domain(Domain("samples", [Sample], [GRAPHQL, REST]))
FIELDS = tuple(name for name in SAMPLES.of(Sample).attributes if name != "id")
DEEP = 100
# JSON, or nearly.
TEXTS = (
    "null", "true", "false", "0", "-1", "1", "2147483648", "-2147483649", "9223372036854775808", "18446744073709551616",
    "1e2", "0.1", "1.0", "1e400", "-1e400", "1" * 400, "9" * 5000, "NaN", "Infinity",
    '""', '"a"', '"small"', '"SMALL"', '"null"', '"NaN"', '"Infinity"', '"1"', '"-0"', '"1e999999"',
    '"' + "9" * 5000 + '"',
    '"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\udc00\\ud800"', '"\\u202e\\uffff"', '"👍"', '"' + "x" * 100_000 + '"',
    '"2026-01-01"', '"2026-02-30"', '"0000-01-01"', '"10000-01-01"', '"2026-01-01T00:00:00Z"', '"2026-01-01T25:00:00Z"',
    '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"', '"P1D"', '"P999999999999D"', '"PT1e400S"', '"-P1D"',
    '"00000000-0000-0000-0000-000000000000"', '"urn:uuid:00000000-0000-0000-0000-000000000000"', '"{}"',
    "[]", "[null]", "[1]", '["a"]', "[1e400, 1]", "[1, 2]", "[[1]]", '["\\u0000"]', "[" * DEEP + "]" * DEEP,
    "{}", '{"a": 1}', '{"": null}', '{"\\u0000": 1}', '{"\\ud800": 1}', '{"__proto__": {"x": 1}}', '{"a": 1e400}',
    '{"label": "\\u0000"}', '{"label": 5}', '{"weight": -1}', '{"weight": 99999999999999999999}', '{"nothing": 1}',
    '{"a":' * DEEP + "1" + "}" * DEEP,
)  # fmt: skip
# What GraphQL can say in a document: no objects, whose names are not quoted there.
LITERALS = tuple(text for text in TEXTS if "{" not in text)
