"""How the values of a column become those of another type, which of them would not be the same, and where none can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops
from sqlalchemy.dialects import postgresql

from framework.errors import Invalid
from framework.sql.clauses.columns import Embedding
from framework.sql.migrations.operations.probes import RefuseRowsOp, locked
from framework.sql.migrations.operations.renames import DIALECT, escaped, qualified, quoted, table_key
from framework.types.type import Kind

Step = ops.MigrateOperation
SqlType = sa.types.TypeEngine[Any]
NUMBERS = (sa.Integer, sa.Double, sa.Numeric)
SHAPE = "shape"
SHAPES = {Kind.LIST: "array", Kind.MAP: "object", Kind.MODEL: "object"}
PLAIN = "{0}::{1}"
TO_JSON, OF_JSON = "to_jsonb({0})", "({0} #>> '{{}}')::{1}"


def note_shape(column: sa.Column[Any], kind: Kind) -> None:
    """Keeps with the column what every document in it is, as `jsonb_typeof` names it."""
    column.info[SHAPE] = SHAPES.get(kind)


def converted(steps: Sequence[Step], declared: sa.MetaData) -> Iterator[Step]:
    """The steps, each change of a type with its conversion, after a look for values that it would change.

    Raises Invalid for a change that no conversion makes.
    """
    for step in steps:
        if not isinstance(step, ops.AlterColumnOp) or not isinstance(step.modify_type, sa.types.TypeEngine):
            yield step
            continue
        old, new = step.existing_type, step.modify_type
        there = None if old is None else conversion(old, new)
        if there is None or old is None:
            raise _none(step, old, new)
        column = quoted(step.column_name)
        back = conversion(new, old)
        looks: list[RefuseRowsOp] = []
        if back is not None and _may_lose(old, new):
            same = back.format(f"({there.format(column, _name(new))})", _name(old))
            says = f"would not keep their `{step.column_name}` as it is: a {_name(new)} cannot hold it"
            where = f"{column} IS NOT NULL AND {same} IS DISTINCT FROM {column}"
            looks.append(RefuseRowsOp(step.table_name, where, says, step.schema))
        elif (isinstance(old, sa.String) or _json(old)) and (whole := _whole(new)) is not None:
            says = f"would not keep their `{step.column_name}` as it is: a {_name(new)} cuts it"
            text = f"({column} #>> '{{}}')" if _json(old) else column
            where = f"{text}::{_name(new)}::{whole} IS DISTINCT FROM {text}::{whole}"
            looks.append(RefuseRowsOp(step.table_name, where, says, step.schema))
        elif _json(new) and not _json(old) and (shape := _shape(step, declared)) is not None:
            says = f"hold a `{step.column_name}` that is no JSON {shape}"
            where = f"jsonb_typeof({there.format(column, _name(new))}) <> '{shape}'"
            looks.append(RefuseRowsOp(step.table_name, where, says, step.schema))
        if looks:
            yield locked(step.table_name, step.schema)
        yield from looks
        table = qualified(step.schema, step.table_name)
        using = there.format(column, _name(new))
        change = ops.ExecuteSQLOp(escaped(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {_name(new)} USING {using}"))
        step.existing_type, step.modify_type = new, None
        yield change
        if step.has_changes():
            yield step


def conversion(old: SqlType, new: SqlType) -> str | None:  # noqa: C901, PLR0911 - one for each pair that differs
    """The conversion, as a format of the value and the type; None where there is none."""
    if isinstance(old, Embedding) or isinstance(new, Embedding):
        return None
    if isinstance(old, postgresql.ENUM) or isinstance(new, postgresql.ENUM):
        return "{0}::text::{1}"
    if isinstance(old, sa.DateTime) and isinstance(new, sa.DateTime) and old.timezone != new.timezone:
        return "({0} AT TIME ZONE 'UTC')::{1}"
    # A text and a document are each other's as JSON is written, so that the way back gives what was there.
    if type(old) is type(new) or isinstance(old, sa.String) or isinstance(new, sa.String):
        return PLAIN
    if _json(new):
        return TO_JSON
    if _json(old):
        return OF_JSON
    match old, new:
        case sa.Boolean(), _ if _number(new):
            return "{0}::int::{1}"
        case _, sa.Boolean() if _number(old):
            return "{0} <> 0"
        case sa.Date(), sa.DateTime():
            return "{0}::timestamp AT TIME ZONE 'UTC'"
        case sa.DateTime(), sa.Date():
            return "({0} AT TIME ZONE 'UTC')::date"
        case _:
            return PLAIN if _number(old) and _number(new) else None


def _may_lose(old: SqlType, new: SqlType) -> bool:
    """Whether a value may become another one that PostgreSQL does not object to."""
    if isinstance(new, sa.Boolean) or (isinstance(old, sa.DateTime) and isinstance(new, sa.Date)):
        return not isinstance(old, sa.String)
    if isinstance(new, sa.String) and new.length is not None:
        return not isinstance(old, sa.String) or old.length is None or new.length < old.length
    return (isinstance(old, sa.DateTime) and isinstance(new, sa.DateTime)) or (_number(old) and _number(new))


def _shape(step: ops.AlterColumnOp, declared: sa.MetaData) -> str | None:
    table = declared.tables.get(table_key(step.table_name, step.schema))
    columns = [] if table is None else [column for column in table.c if column.name == step.column_name]
    return columns[0].info.get(SHAPE) if columns else None


def _whole(new: SqlType) -> str | None:
    """The type that reads all of a text of which the new one would drop a part without a word."""
    if isinstance(new, sa.Double):
        # By way of its text, which has all of its digits: as a number at once it would have 15.
        return "text::numeric"
    if isinstance(new, sa.Numeric) and new.scale is not None:
        return "numeric"
    return "timestamp" if isinstance(new, sa.Date) else None


def _number(kind: SqlType) -> bool:
    return isinstance(kind, NUMBERS) and not isinstance(kind, sa.Boolean)


def _json(kind: SqlType) -> bool:
    return isinstance(kind, postgresql.JSON)


def _name(kind: SqlType) -> str:
    return kind.compile(dialect=DIALECT)


def _none(step: ops.AlterColumnOp, old: SqlType | None, new: SqlType) -> Invalid:
    name = f"{table_key(step.table_name, step.schema)}.{step.column_name}"
    was = "what it is" if old is None else f"a {_name(old)}"
    return Invalid(
        f"`{name}` cannot become a {_name(new)} from {was}: there is no conversion",
        code="no_conversion",
        path=(name,),
        hint="declare it under a new name, carry the values over in a step of their own (dspex revision --empty), and "
        f"drop the old one after that (--drop {name})",
    )
