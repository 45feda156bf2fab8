"""What in a database is ours: what our steps have made and not dropped since, and what is declared.

Each step says it in two lists, `creates` and `drops`: by table, the names of its columns and rules (constraints and
indexes). Steps write them by themselves; one written by hand may. Nothing else in a database is looked at, changed or
called drift: foreign tables, and on our own tables what somebody has added by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops
from alembic.script import ScriptDirectory

from framework.sql.migrations.ordering import single
from framework.sql.migrations.renames import Rename, RenameOp, Thing, table_key

Names = Mapping[str, Sequence[str]]
"""By table, with its schema where it is in one of its own: columns and rules; none stand for a table dropped whole."""
# What Alembic asks about that belongs to a table.
OWNED = "owned"
PARTS = ("column", "index", "unique_constraint", "foreign_key_constraint")


@dataclass(frozen=True, slots=True)
class Owned:
    """The tables that are ours, each with its columns and rules that are."""

    tables: Mapping[str, frozenset[str]]

    def has(self, table: str, name: str) -> bool:
        """Whether a column or rule of the table is ours."""
        return name in self.tables.get(table, frozenset())

    def renamed(self, renames: Sequence[Rename]) -> Owned:
        """The same once these are carried out."""
        tables = dict(self.tables)
        for rename in renames:
            key = table_key(rename.table, rename.schema)
            if rename.thing is Thing.TABLE:
                tables[key] = tables.pop(table_key(rename.old, rename.schema))
            else:
                tables[key] = tables.get(key, frozenset()) - {rename.old} | {rename.new}
        return Owned(tables)


def owned_by(scripts: ScriptDirectory) -> Owned:
    """What the steps own, all of them carried out."""
    tables: dict[str, frozenset[str]] = {}
    for script in reversed([*scripts.walk_revisions()]):
        for table, names in getattr(script.module, "drops", {}).items():
            left = tables.pop(table, frozenset()) - frozenset(names)
            if names:
                tables[table] = left
        for table, names in getattr(script.module, "creates", {}).items():
            tables[table] = tables.get(table, frozenset()) | frozenset(names)
    return Owned(tables)


def filters(owned: Owned, declared: sa.MetaData) -> dict[str, Any]:
    """The arguments of `context.configure` by which Alembic sees only what is ours."""

    def include_name(name: str | None, kind: str, parents: Mapping[str, str | None]) -> bool:
        if kind != "table":
            return True
        key = parents["schema_qualified_table_name"]
        return key in owned.tables or key in declared.tables

    def include_object(  # noqa: PLR0917 - as Alembic calls it
        part: Any,
        name: str | None,
        kind: str,
        reflected: bool,  # noqa: FBT001
        match: object,
    ) -> bool:
        if not reflected or match is not None or kind not in PARTS:
            return True
        return owned.has(part.table.key, str(name))

    return {"include_name": include_name, "include_object": include_object}


def changes(steps: Sequence[ops.MigrateOperation], owned: Owned) -> tuple[Names, Names]:
    """What the steps create and what they drop; what is made anew under its name is in both.

    `owned` is what is ours under the names that the steps begin by giving.
    """
    creates: dict[str, list[str]] = {}
    drops: dict[str, list[str]] = {}
    for step in single(steps):
        for found, into in ((_created(step), creates), (_dropped(step), drops)):
            for table, names in found:
                into.setdefault(table, []).extend(names)
    whole: dict[str, list[str]] = {}
    for step in single(steps):
        if isinstance(step, ops.DropTableOp):
            whole[table_key(step.table_name, step.schema)] = []
        if isinstance(step, RenameOp) and step.rename.thing is Thing.TABLE:
            old, new = (table_key(name, step.rename.schema) for name in (step.rename.old, step.rename.new))
            kept = owned.tables[new] - {*drops.pop(new, [])} | {*creates.get(new, [])}
            whole[old], creates[new] = [], sorted(kept)
    return _sorted(creates), _sorted({**drops, **whole})


def _created(step: ops.MigrateOperation) -> Iterator[tuple[str, list[str]]]:
    match step:
        case RenameOp(rename=rename) if rename.thing is not Thing.TABLE:
            yield table_key(rename.table, rename.schema), [rename.new]
        case ops.CreateTableOp():
            yield table_key(step.table_name, step.schema), [*_names(step.columns)]
        case ops.AddColumnOp():
            yield table_key(step.table_name, step.schema), [step.column.name]
        case ops.CreateIndexOp():
            yield table_key(step.table_name, step.schema), [str(step.index_name)]
        case ops.AddConstraintOp():
            yield from _of_constraint(step.to_constraint())


def _dropped(step: ops.MigrateOperation) -> Iterator[tuple[str, list[str]]]:
    match step:
        case RenameOp(rename=rename) if rename.thing is not Thing.TABLE:
            yield table_key(rename.table, rename.schema), [rename.old]
        case ops.DropColumnOp():
            yield table_key(step.table_name, step.schema), [step.column_name]
        case ops.DropIndexOp():
            yield table_key(str(step.table_name), step.schema), [str(step.index_name)]
        case ops.DropConstraintOp():
            yield table_key(step.table_name, step.schema), [str(step.constraint_name)]


def _of_constraint(constraint: sa.Constraint) -> Iterator[tuple[str, list[str]]]:
    table = getattr(constraint, "table", None)
    if table is not None:
        yield table_key(table.name, table.schema), [str(constraint.name)]


def _names(parts: Iterable[Any]) -> Iterator[str]:
    return (str(part.name) for part in parts if part.name is not None)


def _sorted(names: Mapping[str, Iterable[str]]) -> Names:
    return {table: sorted({*names[table]}) for table in sorted(names)}
