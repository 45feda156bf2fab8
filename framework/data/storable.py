"""What a store can hold, whatever the limits of a type: decided here for every layer, before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from framework.data.protocols import Row
from framework.data.refusals import out_of_range
from framework.expr.nodes import Node
from framework.spec.attribute import AttributeSpec
from framework.types.canonical import moments_within
from framework.types.json_values import json_issues
from framework.types.type import STRUCTURED, Kind

LEAST, LARGEST, UNSIGNED = -(2**63), 2**63 - 1, 2**64
# From here on Python writes a float with an exponent, and so without a point.
FRACTIONLESS = 1e16
# PostgreSQL's NUMERIC: digits before the decimal point, and after it.
WHOLE_DIGITS, DECIMAL_PLACES = 131_072, 16_383
NUL = "\x00"
LARGEST_OFFSET = timedelta(hours=16)


def refuse_unstorable(attributes: Mapping[str, AttributeSpec], rows: Sequence[Row]) -> None:
    """Raises Invalid for the first value that no store can hold; of several rows, under its index."""
    looked_at = [(name, CHECKS[it.type.kind]) for name, it in attributes.items() if it.type.kind in CHECKS]
    for index, row in enumerate(rows):
        for name, check in looked_at:
            says = check(row.get(name))
            if says is not None:
                failure = out_of_range(name, says)
                raise failure if len(rows) == 1 else failure.under(index)


def unstorable(value: Any, kind: Kind) -> str | None:
    """Why no store can hold the value; None when it can."""
    check = CHECKS.get(kind)
    return None if check is None else check(value)


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


def _of_json(value: Any) -> str | None:
    if value is None or isinstance(value, Node) or (isinstance(value, str) and value.isascii() and NUL not in value):
        return None
    found = next((issue.message for issue in json_issues(value)), None)
    return found or next((says for moment in moments_within(value) if (says := _of_moment(moment))), None)


def _of_integer(value: Any) -> str | None:
    fits = not isinstance(value, int) or LEAST <= value <= LARGEST
    return None if fits else "a whole number has at most 64 bits"


def _of_float(value: Any) -> str | None:
    return "a number is finite" if isinstance(value, float) and not math.isfinite(value) else None


def _of_decimal(value: Any) -> str | None:
    if not isinstance(value, Decimal):
        return _of_float(value)
    if not value.is_finite():
        return "a number is finite"
    if value and value.adjusted() >= WHOLE_DIGITS:
        return f"a decimal has at most {WHOLE_DIGITS} digits before the point"
    places = -int(value.as_tuple().exponent)
    return f"a decimal has at most {DECIMAL_PLACES} digits after the point" if places > DECIMAL_PLACES else None


def _of_moment(value: Any) -> str | None:
    if not isinstance(value, datetime) or value.tzinfo is UTC:
        return None
    offset = value.utcoffset()
    if offset is not None and abs(offset) >= LARGEST_OFFSET:
        return "a time zone is less than 16 hours away from UTC"
    try:
        value.astimezone(UTC)
    except (OverflowError, ValueError):
        return "a time lies in the years 1 to 9999, in UTC too"
    return None


# The kinds that are not here have no value that is too large for any store. A value may also come as text, or be an
# expression that is yet to be worked out: the store has the last word on these.
CHECKS: dict[Kind, Callable[[Any], str | None]] = {
    Kind.STRING: _of_json,
    Kind.INTEGER: _of_integer,
    Kind.FLOAT: _of_float,
    Kind.DECIMAL: _of_decimal,
    Kind.DATETIME: _of_moment,
    **dict.fromkeys(STRUCTURED, _of_json),
}
