"""A revision's steps, revised: in an order that works, and said so that a table with records in it takes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from alembic.operations import ops

from framework.sql.extensions import create_extension, extension_for
from framework.sql.migrations.compare.verbatim import verbatim
from framework.sql.migrations.operations.members import carried_out
from framework.sql.migrations.operations.renames import RenameOp, Thing, escaped, literal, quoted
from framework.sql.migrations.ownership import changes
from framework.sql.migrations.plan.casts import converted
from framework.sql.migrations.plan.filling import filled
from framework.sql.migrations.plan.members import words_of
from framework.sql.migrations.plan.ordering import in_order
from framework.sql.migrations.plan.probing import empty_columns, probed

Step = ops.MigrateOperation


def revise(script: ops.MigrationScript, steps: ops.UpgradeOps, declared: sa.MetaData) -> None:
    """Puts the steps in an order that works; says casts, fills what is required, looks for what is in the way."""
    there = in_order(steps.ops)
    for step in there:
        if isinstance(step, ops.CreateTableOp):
            # What is noted there is for us, not for the step.
            step.info = {}
    back = [*verbatim([step.reverse() for step in reversed(there)])]
    extensions = [ops.ExecuteSQLOp(create_extension(name)) for name in sorted({*_needed(there, declared)})]
    schemas = [ops.ExecuteSQLOp(escaped(created_schema(name))) for name in _schemas(there)]
    steps.ops[:] = [*extensions, *schemas, *_looked_at(there, declared)]
    if script.downgrade_ops is not None:
        script.downgrade_ops.ops[:] = _looked_at(back, sa.MetaData())


def _looked_at(steps: Sequence[Step], declared: sa.MetaData) -> Iterator[Step]:
    """The steps of one way, with conversions, values and looks."""
    empty, words = empty_columns(steps), words_of(steps)
    return carried_out([*probed(filled([*converted(steps)], declared), empty, words)])


def _schemas(steps: Sequence[Step]) -> list[str]:
    """Those that a table is made in or comes into."""
    made = {step.schema for step in steps if isinstance(step, ops.CreateTableOp)}
    moves = [step.rename for step in steps if isinstance(step, RenameOp) and step.rename.thing is Thing.SCHEMA]
    return sorted(name for name in {*made, *(move.new for move in moves)} if name)


def created_schema(name: str) -> str:
    """The statement that makes a schema which is not there; who may not make any can use one that is."""
    there = f"to_regnamespace({literal(quoted(name))}) IS NULL"
    return f"DO $$ BEGIN IF {there} THEN CREATE SCHEMA {quoted(name)}; END IF; END $$"


def _needed(steps: Sequence[Step], declared: sa.MetaData) -> Iterator[str]:
    """The extensions that the steps need, by the declared tables that they make something of."""
    for table, names in changes(steps).creates.items():
        if table in declared.tables:
            needs = (extension_for(declared.tables[table], name) for name in names)
            yield from (name for name in needs if name is not None)
