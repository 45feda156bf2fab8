"""The steps that make the values of a column those of another type, after a look for those that it would change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from alembic.operations import ops

from framework.errors import Invalid
from framework.sql.migrations.operations.probes import RefuseRowsOp
from framework.sql.migrations.operations.renames import escaped, quoted, table_key
from framework.sql.migrations.operations.retyping import LockTableOp, RetypeOp
from framework.sql.migrations.plan.records.conversions import (
    TEXT_OF_JSON,
    SqlType,
    conversion,
    is_json,
    is_text,
    keeps,
    name_of,
)
from framework.types.type import Kind

Step = ops.MigrateOperation
SHAPE = "shape"
SHAPES = {Kind.LIST: "array", Kind.MAP: "object", Kind.MODEL: "object"}
TAG = "$dspex_keeps$"
# A function of the connection alone: it is gone when that is closed.
KEEPS, HELD = "pg_temp.dspex_keeps", "held"


def note_shape(column: sa.Column[object], kind: Kind) -> None:
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
        using = there.format(column, name_of(new))
        looks = [*_looks(step, old, new, _shape(step, declared))]
        if looks:
            yield LockTableOp(step.table_name, step.schema)
        yield from looks
        if step.modify_nullable:
            # Before its values are converted, of which some become absent.
            yield _optional(step)
        yield RetypeOp(step.table_name, step.column_name, kind=name_of(new), using=using, schema=step.schema)
        step.existing_type, step.modify_type = new, None
        step.modify_nullable = None if step.modify_nullable else step.modify_nullable
        if step.has_changes():
            yield step


def _optional(step: ops.AlterColumnOp) -> ops.AlterColumnOp:
    """That the column is required no longer, of a step that does more."""
    return ops.AlterColumnOp(
        step.table_name, step.column_name, schema=step.schema, existing_type=step.existing_type, modify_nullable=True
    )


def _looks(step: ops.AlterColumnOp, old: SqlType, new: SqlType, shape: str | None) -> Iterator[Step]:
    """The looks at what the column holds, before it is converted."""
    column = quoted(step.column_name)
    if (kept := keeps(old, new, HELD)) is not None:
        if is_json(old) and (step.modify_nullable or step.existing_nullable is not False):
            kept = f"{TEXT_OF_JSON.format(HELD)} IS NULL OR {kept}"
        yield ops.ExecuteSQLOp(escaped(_function(old, kept)))
        says = f"would not keep their `{step.column_name}` as it is: a {name_of(new)} cannot hold it"
        if isinstance(new, sa.Date | sa.DateTime) and (is_text(old) or is_json(old)):
            says += ", or ISO 8601 writes it otherwise"
        yield RefuseRowsOp(step.table_name, f"NOT {KEEPS}({column})", says, step.schema)
    if shape is not None and is_json(new) and not is_json(old):
        says = f"hold a `{step.column_name}` that is no JSON {shape}"
        document = str(conversion(old, new)).format(column, name_of(new))
        yield RefuseRowsOp(step.table_name, f"jsonb_typeof({document}) <> '{shape}'", says, step.schema)


def _function(old: SqlType, kept: str) -> str:
    """What tells whether a value is kept, and does not raise where it cannot be cast; an absent value tells nothing."""
    takes = f"{HELD} {name_of(old).partition(' COLLATE ')[0]}"
    body = f"BEGIN RETURN ({kept}) IS TRUE; EXCEPTION WHEN data_exception THEN RETURN false; END"
    head = f"CREATE OR REPLACE FUNCTION {KEEPS}({takes}) RETURNS boolean LANGUAGE plpgsql STRICT"
    return f"{head} AS {TAG} {body} {TAG}"


def _shape(step: ops.AlterColumnOp, declared: sa.MetaData) -> str | None:
    table = declared.tables.get(table_key(step.table_name, step.schema))
    columns = [] if table is None else [column for column in table.c if column.name == step.column_name]
    return columns[0].info.get(SHAPE) if columns else None


def _none(step: ops.AlterColumnOp, old: SqlType | None, new: SqlType) -> Invalid:
    name = f"{table_key(step.table_name, step.schema)}.{step.column_name}"
    was = "what it is" if old is None else f"a {name_of(old)}"
    return Invalid(
        f"`{name}` cannot become a {name_of(new)} from {was}: there is no conversion",
        code="no_conversion",
        path=(name,),
        hint="declare it under a new name, carry the values over in a step of their own (dspex revision --empty), and "
        f"drop the old one after that (--drop {name})",
    )
