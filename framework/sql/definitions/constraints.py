"""What a column is held to by the database itself, and how a breach reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from framework.spec.attribute import AttributeSpec
from framework.sql.clauses.binding import Clause
from framework.sql.clauses.columns import PLAIN, SqlType, choice_storage
from framework.types.type import NUMBERS, Kind, Limits

CHOICES = "choices"
TIMES = frozenset({Kind.DATE, Kind.DATETIME, Kind.DURATION})
# What both pydantic's regular expressions and PostgreSQL's read alike: no classes by letter, groups by kind,
# POSIX classes or look-arounds. Other patterns are upheld by the application alone.
UNPORTABLE = re.compile(r"\\[a-zA-Z0-9]|\(\?(?!:)|\[\[|\[:|&&|--|~~|\{,")


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition on one column: `name` ends the constraint's name, `says` completes "`title` …"."""

    name: str
    condition: Clause
    says: str


def rules_of(attribute: AttributeSpec, column: sa.Column[Any]) -> Iterator[Rule]:
    """Everything the database upholds of one attribute."""
    kind, limits = attribute.type.kind, attribute.type.limits
    said = attribute.column_type
    if said is not None:
        # What the column's own type keeps out needs no rule.
        kept = said.limits.said()
        limits = replace(limits, **{name: None for name, bound in kept.items() if getattr(limits, name) == bound})
    if kind in (Kind.ENUM, Kind.LITERAL) and (said is None or not said.named):
        yield _choices(attribute, column)
    if kind in NUMBERS or kind in TIMES:
        for name, symbol, words in (("ge", ">=", "at least"), ("le", "<=", "at most")):
            bound = getattr(limits, name)
            if bound is not None:
                yield Rule(name, column.op(symbol)(_constant(bound, column.type, kind)), f"must be {words} {bound}")
    if kind in (Kind.STRING, Kind.LIST):
        yield from _lengths(limits, kind, column)
    if kind is Kind.STRING and limits.pattern is not None and not UNPORTABLE.search(limits.pattern):
        yield Rule("pattern", _text(column).op("~")(sa.literal(limits.pattern)), f"must match {limits.pattern}")
    if kind is Kind.DECIMAL:
        yield from _digits(attribute, column)


def _text(column: sa.Column[Any]) -> Clause:
    """The column as a text: one with blanks at its end matches in another way."""
    return sa.cast(column, sa.Text()) if isinstance(column.type, sa.CHAR) else column


def _choices(attribute: AttributeSpec, column: sa.Column[Any]) -> Rule:
    storage = choice_storage(attribute.type)
    known = [sa.literal(choice, storage) for choice in attribute.type.choices]
    says = "must be one of " + ", ".join(str(choice) for choice in attribute.type.choices)
    return Rule(CHOICES, sa.type_coerce(column, storage).in_(known), says)


def _lengths(limits: Limits, kind: Kind, column: sa.Column[Any]) -> Iterator[Rule]:
    unit = "character" if kind is Kind.STRING else "item"
    length = sa.func.char_length(column) if kind is Kind.STRING else _number_of_items(column)
    if limits.min_length is not None:
        yield Rule("min_length", length >= limits.min_length, f"must have at least {_many(limits.min_length, unit)}")
    if limits.max_length is not None:
        yield Rule("max_length", length <= limits.max_length, f"must have at most {_many(limits.max_length, unit)}")


def _number_of_items(column: sa.Column[Any]) -> Clause:
    if isinstance(column.type, sa.ARRAY):
        return sa.func.cardinality(column)
    of_text = isinstance(column.type, postgresql.JSON) and not isinstance(column.type, postgresql.JSONB)
    return sa.func.json_array_length(column) if of_text else sa.func.jsonb_array_length(column)


def _many(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _digits(attribute: AttributeSpec, column: sa.Column[Any]) -> Iterator[Rule]:
    """The limits that NUMERIC(digits, places) does not say: it needs both."""
    limits = attribute.type.limits
    if limits.max_digits is not None and limits.decimal_places is None:
        ceiling: Clause = sa.literal_column(f"1e{limits.max_digits}::numeric")
        yield Rule("max_digits", sa.func.abs(column) < ceiling, f"must have at most {limits.max_digits} digits")
    if limits.decimal_places is not None and limits.max_digits is None:
        says = f"must have at most {limits.decimal_places} decimal places"
        yield Rule("decimal_places", sa.func.scale(column) <= limits.decimal_places, says)


def _constant(bound: Any, column: SqlType, kind: Kind) -> Clause:
    if isinstance(column, sa.REAL):
        return sa.cast(sa.literal(float(bound), PLAIN[Kind.FLOAT]), column)
    if isinstance(bound, datetime) and not getattr(column, "timezone", True):
        return sa.literal(bound.astimezone(UTC).replace(tzinfo=None), column)
    if kind is Kind.DURATION and isinstance(bound, timedelta):
        seconds = bound / timedelta(seconds=1)
        return sa.literal_column(f"interval '{seconds!r} seconds'")
    if kind is Kind.FLOAT:
        return sa.literal(float(bound), PLAIN[Kind.FLOAT])
    return sa.literal(bound, PLAIN[kind])
