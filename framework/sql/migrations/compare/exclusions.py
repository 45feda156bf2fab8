"""Exclusion constraints that are missing, not declared, or say something else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from alembic.operations import ops

from framework.sql.migrations.operations.exclusions import AlterAction, Excluded, ExclusionOp
from framework.sql.migrations.operations.generated import GeneratedChange, GeneratedOp
from framework.sql.migrations.ownership import OwnedObjects

Rules = Mapping[str, str]


def exclusion_changes(
    steps: Sequence[ops.MigrateOperation], table: sa.Table, definitions: tuple[Rules, Rules], owned: OwnedObjects
) -> Iterator[ExclusionOp]:
    """What makes the constraints of a table that stands what is declared; those of others are left alone.

    `definitions` are those that stand and those declared. One over a column that is made anew goes with it.
    """
    theirs, ours = definitions
    anew = [
        step.column.name
        for step in steps
        if isinstance(step, GeneratedOp) and step.change in (GeneratedChange.COME, GeneratedChange.BEGIN)
    ]
    for name in sorted({*theirs, *ours}):
        there, said = theirs.get(name), ours.get(name)
        if said is None and not owned.has(table.key, name):
            continue
        if there == said and not any(re.search(rf"\b{re.escape(column)}\b", str(said)) for column in anew):
            continue
        if there is not None:
            yield ExclusionOp(AlterAction.DROP, Excluded(table.name, name, there, table.schema))
        if said is not None:
            yield ExclusionOp(AlterAction.ADD, Excluded(table.name, name, said, table.schema))
