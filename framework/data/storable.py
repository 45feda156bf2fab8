"""What a store can hold, whatever the limits of a type: decided here for every layer, before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from framework.data.protocols import Row
from framework.data.refusals import out_of_range
from framework.expr.nodes import Node
from framework.spec.attribute import AttributeSpec
from framework.types.json_values import json_issues
from framework.types.type import STRUCTURED, Kind

LEAST, LARGEST, UNSIGNED = -(2**63), 2**63 - 1, 2**64
# From here on Python writes a float with an exponent, and so without a point.
FRACTIONLESS = 1e16
# PostgreSQL's NUMERIC: digits before the decimal point, and after it.
WHOLE_DIGITS, DECIMAL_PLACES = 131_072, 16_383
LARGEST_OFFSET = timedelta(hours=16)
# Kinds whose values are all the same to every store: what is small needs no look.
UNBOUNDED = frozenset({Kind.BOOLEAN, Kind.UUID, Kind.DATE, Kind.DURATION, Kind.ENUM, Kind.LITERAL})


def refuse_unstorable(attributes: Mapping[str, AttributeSpec], rows: Sequence[Row]) -> None:
    """Raises Invalid for the first value that no store can hold; of several rows, under its index."""
    looked_at = [name for name in attributes if attributes[name].type.kind not in UNBOUNDED]
    for index, row in enumerate(rows):
        for name in looked_at:
            says = unstorable(row.get(name), attributes[name].type.kind)
            if says is not None:
                failure = out_of_range(name, says)
                raise failure if len(rows) == 1 else failure.under(index)


def unstorable(value: Any, kind: Kind) -> str | None:
    """Why no store can hold the value; None when it can, or when it is yet to be worked out."""
    if value is None or isinstance(value, Node):
        return None
    if kind in STRUCTURED or isinstance(value, str):
        return next((issue.message for issue in json_issues(value)), None)
    match value:
        case bool():
            return None
        case int():
            return None if LEAST <= value <= LARGEST else "a whole number has at most 64 bits"
        case float():
            return None if math.isfinite(value) else "a number is finite"
        case Decimal():
            return _of_decimal(value)
        case datetime():
            return _of_moment(value)
        case _:
            return None


def as_jsonb(value: Any) -> Any:
    """JSON as PostgreSQL gives it back: a number too large for a fraction is a whole one, while it has 64 bits."""
    match value:
        case float() if value.is_integer() and abs(value) >= FRACTIONLESS:
            whole = int(Decimal(repr(value)))
            return whole if LEAST <= whole < UNSIGNED else value
        case list():
            return [as_jsonb(item) for item in value]
        case dict():
            return {name: as_jsonb(item) for name, item in value.items()}
        case _:
            return value


def _of_decimal(value: Decimal) -> str | None:
    if not value.is_finite():
        return "a number is finite"
    if value and value.adjusted() >= WHOLE_DIGITS:
        return f"a decimal has at most {WHOLE_DIGITS} digits before the point"
    places = -int(value.as_tuple().exponent)
    return f"a decimal has at most {DECIMAL_PLACES} digits after the point" if places > DECIMAL_PLACES else None


def _of_moment(value: datetime) -> str | None:
    offset = value.utcoffset()
    if offset is not None and abs(offset) >= LARGEST_OFFSET:
        return "a time zone is less than 16 hours away from UTC"
    try:
        value.astimezone(UTC)
    except (OverflowError, ValueError):
        return "a time lies in the years 1 to 9999, in UTC too"
    return None
