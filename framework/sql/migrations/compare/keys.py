"""Keys as they stand: primary ones, which Alembic does not compare, when unique rules are looked at, and links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from alembic.operations import ops

from framework.sql.migrations.operations.primary_keys import create_primary_key, names_of


def as_they_stand(found: sa.Table, steps: Sequence[ops.MigrateOperation], keys: Mapping[str, str]) -> None:
    """Tells the reflected rules, and those that a step brings back, whether they are deferrable."""
    for constraint in uniques(found):
        deferrable, initially = _when(keys.get(str(constraint.name), ""))
        constraint.deferrable, constraint.initially = deferrable, initially
    for step in steps:
        if isinstance(step, ops.DropConstraintOp) and isinstance(step._reverse, ops.CreateUniqueConstraintOp):  # noqa: SLF001
            deferrable, initially = _when(keys.get(str(step.constraint_name), ""))
            if deferrable:
                step._reverse.kw.update(deferrable=deferrable, initially=initially)  # noqa: SLF001


def uniques(table: sa.Table) -> Iterator[sa.UniqueConstraint]:
    """The unique rules of a table."""
    return (each for each in table.constraints if isinstance(each, sa.UniqueConstraint))


def key_changes(found: sa.Table, wanted: sa.Table) -> Iterator[ops.MigrateOperation]:
    """What makes the primary key one of the declared columns; a table has no more than one, whatever it is called."""
    there, said = found.primary_key, wanted.primary_key
    if names_of(there) != names_of(said):
        if names_of(there):
            gone = ops.DropConstraintOp.from_constraint(there)
            gone._reverse = create_primary_key(there)  # noqa: SLF001 - what is made on the way back
            yield gone
        yield create_primary_key(said)


def links_made_anew(
    found: sa.Table, wanted: sa.Table, steps: Sequence[ops.MigrateOperation]
) -> Iterator[ops.MigrateOperation]:
    """The links whose column gets another type: as long as one stands, neither end can be of a type of its own."""
    retyped = {
        step.column_name for step in steps if isinstance(step, ops.AlterColumnOp) and step.modify_type is not None
    }
    gone = {str(step.constraint_name) for step in steps if isinstance(step, ops.DropConstraintOp)}
    there = {str(link.name): link for link in found.foreign_key_constraints}
    for link in sorted(wanted.foreign_key_constraints, key=lambda each: str(each.name)):
        name = str(link.name)
        if name in there and name not in gone and retyped & {*link.column_keys}:
            yield ops.DropConstraintOp.from_constraint(there[name])
            yield ops.CreateForeignKeyOp.from_constraint(link)


def _when(definition: str) -> tuple[bool | None, str | None]:
    """Whether the rule is deferrable, and when it is looked at, as PostgreSQL's definition has it."""
    if " DEFERRABLE" not in definition:
        return None, None
    return True, "DEFERRED" if " INITIALLY DEFERRED" in definition else "IMMEDIATE"
