"""How a value of one type becomes one of another, and when that says the same.

All is read by a session in UTC, as ours are: a text or a moment without a zone is meant so.
"""

from __future__ import annotations

from typing import Any, TypeGuard

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from framework.sql.clauses.columns import Embedding
from framework.sql.migrations.operations.renames import DIALECT, literal

SqlType = sa.types.TypeEngine[Any]
PLAIN = "{0}::{1}"
IN_UTC = "({0}::timestamptz AT TIME ZONE 'UTC')::{1}"
TEXT_OF_JSON = "({0} #>> '{{}}')"
# Of a number, it has all of the digits and no others: a REAL of 0.1 cast at once is no DOUBLE PRECISION of 0.1.
BY_TEXT = "{0}::text::{1}"
# ISO 8601, to the microsecond: no order of day and month, no zone by name, and no `tomorrow` is left to the server.
ISO = (
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6}0*)?)? ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$"
)
BELOW_MICROSECONDS = "[.][0-9]{6}0*[1-9]"


def conversion(old: SqlType, new: SqlType) -> str | None:
    """The conversion, as a format of the value and the type; None where there is none."""
    if isinstance(old, Embedding) or isinstance(new, Embedding):
        return None
    if isinstance(old, sa.DateTime) and isinstance(new, sa.DateTime) and old.timezone != new.timezone:
        return "({0} AT TIME ZONE 'UTC')::{1}"
    # A text and a document are each other's as JSON is written, so that the way back gives what was there.
    if is_text(new) or (type(old) is type(new) and not isinstance(new, postgresql.ENUM)):
        return PLAIN
    if is_text(old):
        return _of_text(new)
    if is_json(new):
        return "to_jsonb({0})"
    return _of_text(new).replace("{0}", TEXT_OF_JSON) if is_json(old) else _of_value(old, new)


def _of_value(old: SqlType, new: SqlType) -> str | None:
    match old, new:
        case sa.Boolean(), _ if _number(new):
            return "{0}::int::{1}"
        case _, sa.Boolean() if _number(old):
            return "{0} <> 0"
        case sa.DateTime(), sa.DateTime():
            return PLAIN
        case sa.Date(), sa.DateTime():
            return "{0}::timestamp AT TIME ZONE 'UTC'"
        case sa.DateTime(), sa.Date():
            return "({0} AT TIME ZONE 'UTC')::date"
        case (sa.Float(), sa.Float() | sa.Numeric()) | (postgresql.ENUM(), _) | (_, postgresql.ENUM()):
            return BY_TEXT
        case _:
            return PLAIN if _number(old) and _number(new) else None


def keeps(old: SqlType, new: SqlType, held: str) -> str | None:
    """That a value says the same as one of the new type; None where all do, or only the type itself refuses some.

    PostgreSQL raises a data exception for one that has no such type at all.
    """
    there, back = conversion(old, new), conversion(new, old)
    if there is None or back is None or _keeps_all(old, new):
        return None
    becomes = there.format(held, name_of(new))
    if is_text(new) or not (is_text(old) or is_json(old)):
        return f"{back.format(f'({becomes})', name_of(old))} IS NOT DISTINCT FROM {held}"
    text = TEXT_OF_JSON.format(held) if is_json(old) else held
    match new:
        case sa.Date() | sa.DateTime():
            return f"{text} ~ {literal(ISO)} AND ({becomes})::timestamptz = {text}::timestamptz"
        case sa.Float() | sa.Numeric():
            return f"({becomes})::text::numeric = {text}::numeric"
        case postgresql.INTERVAL():
            return f"{text} !~ {literal(BELOW_MICROSECONDS)} AND ({becomes}) IS NOT NULL"
        case _:
            return f"({becomes}) IS NOT NULL"


def is_text(kind: SqlType) -> TypeGuard[sa.String]:
    """Whether it holds texts; an enum of the database is none, though SQLAlchemy calls it one."""
    return isinstance(kind, sa.String) and not isinstance(kind, postgresql.ENUM)


def is_json(kind: SqlType) -> bool:
    """Whether it holds documents."""
    return isinstance(kind, postgresql.JSON)


def name_of(kind: SqlType) -> str:
    """The type as PostgreSQL names it, with its collation."""
    return kind.compile(dialect=DIALECT)


def _of_text(new: SqlType) -> str:
    if isinstance(new, sa.DateTime):
        return "{0}::timestamptz::{1}" if new.timezone else IN_UTC
    return IN_UTC if isinstance(new, sa.Date) else PLAIN


def _keeps_all(old: SqlType, new: SqlType) -> bool:
    if is_text(new):
        room, most = new.length, old.length if is_text(old) else None
        return room is None or (most is not None and most <= room)
    return isinstance(old, sa.Boolean) or (is_json(new) and not is_text(old))


def _number(kind: SqlType) -> bool:
    return isinstance(kind, sa.Integer | sa.Float | sa.Numeric) and not isinstance(kind, sa.Boolean)
