"""One form for values that are equal, for wherever they are kept as JSON: there the text decides what is equal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

# A whole number of more digits keeps its exponent: written out it could be of any length.
LONGEST = 40
# Most of what JSON holds has one form: it is not compared with one kind after the other.
PLAIN = frozenset({str, int, float, bool, type(None)})


def canonical(value: Any) -> Any:
    """The value with every moment within it in UTC, and every decimal without the zeros that say nothing."""
    if value.__class__ in PLAIN:
        return value
    match value:
        case Decimal():
            return _shortest(value)
        case datetime():
            return _in_utc(value)
        case dict():
            return {name: canonical(item) for name, item in value.items()}
        case list():
            return [canonical(item) for item in value]
        case tuple() | set() | frozenset() if type(value) in (tuple, set, frozenset):
            return type(value)(canonical(item) for item in value)
        case BaseModel():
            return _canonical_model(value)
        case _:
            return value


def moments_within(value: Any) -> Iterator[datetime]:
    """Every moment that a value holds."""
    match value:
        case datetime():
            yield value
        case Mapping():
            for item in value.values():
                yield from moments_within(item)
        case list() | tuple() | set() | frozenset():
            for item in value:
                yield from moments_within(item)
        case BaseModel():
            for _, item in value:
                yield from moments_within(item)


def _canonical_model(model: BaseModel) -> BaseModel:
    found = {name: (item, canonical(item)) for name, item in model}
    changed = {name: after for name, (before, after) in found.items() if after is not before}
    if not changed:
        return model
    copy = model.model_copy(update=changed)
    # What was never set stays so, for a model may leave that out.
    copy.__pydantic_fields_set__.intersection_update(model.model_fields_set)
    return copy


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment
    try:
        return moment.astimezone(UTC)
    except (OverflowError, ValueError):  # no store keeps it, but it may be asked for
        return moment


def _shortest(number: Decimal) -> Decimal:
    """The number without a fraction's last zeros, and without an exponent where it is whole."""
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        return number
    if not number:
        return Decimal(0)
    end = len(digits)
    while digits[end - 1] == 0:
        end -= 1
    exponent += len(digits) - end
    digits = digits[:end]
    if exponent > 0 and end + exponent <= LONGEST:
        digits, exponent = digits + (0,) * exponent, 0
    return Decimal((sign, digits, exponent))
