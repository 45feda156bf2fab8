"""What the records that stand already hold in a column that is new."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from typing import Any

import orjson
import sqlalchemy as sa

from framework.spec.attribute import ABSENT, AttributeSpec
from framework.types.type import STRUCTURED, Kind, Type

FILLER = "filler"


def note_filler(column: sa.Column[Any], attribute: AttributeSpec) -> None:
    """Keeps the attribute's default with the column, where it is one value for all records."""
    default = attribute.default
    if default is None or default.node is not None or attribute.type.kind is Kind.VECTOR:
        return
    # What a factory makes is a value for each record, except for the empty lists and models it is there for.
    made = default.make() if default.make is not None and attribute.type.kind in STRUCTURED else default.value
    if made is not ABSENT and made is not None:
        column.info[FILLER] = _written(made, attribute.type)


def filler_of(column: sa.Column[Any]) -> str | None:
    """The value to fill the column with, as text, if there is one."""
    found: str | None = column.info.get(FILLER)
    return found


def _written(value: Any, kind: Type) -> str:
    """The value as text that PostgreSQL reads as the column's type, whichever that is."""
    plain = value.value if isinstance(value, Enum) else value
    if kind.kind in STRUCTURED:
        return orjson.dumps(kind.dump_to_keep(value)).decode()
    if isinstance(plain, timedelta):
        return f"{plain / timedelta(microseconds=1):.0f} microseconds"
    return str(plain).lower() if isinstance(plain, bool) else str(plain)
