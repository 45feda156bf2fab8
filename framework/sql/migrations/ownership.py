"""What in a database is ours: what our steps have made and not dropped since, and what is declared.

Each step says it in three lists, `creates`, `drops` and `renames`: by table, the names of its columns and rules
(constraints and indexes). Steps write them by themselves; one written by hand may. Nothing else in a
database is looked at, changed or called drift: foreign tables, and on our own tables what somebody has added by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops
from alembic.script import ScriptDirectory

from framework.sql.migrations.operations.exclusions import AlterAction, ExclusionOp
from framework.sql.migrations.operations.keeping import KeepFilledOp, MirrorColumnOp, StopKeepingOp, kept_name
from framework.sql.migrations.operations.members import Member, MembersOp, members_of
from framework.sql.migrations.operations.releases import ReleaseOp
from framework.sql.migrations.operations.renames import Rename, RenameOp, place_of, table_key
from framework.sql.migrations.running.turns import in_turn

Moved = tuple[str, str, str, str]
"""A member that has another name: its table and column, its old name and the new one."""
Names = Mapping[str, Sequence[str]]
"""By table, with its schema where it is in one of its own: columns and rules; none stand for a table dropped whole."""
OWNED = "owned"
# The tables and views that others own, in the information of the declared ones: their specs by key.
UNMANAGED = "unmanaged"
# What Alembic asks about that belongs to a table.
PARTS = ("column", "index", "unique_constraint", "foreign_key_constraint")


@dataclass(frozen=True, slots=True)
class OwnedObjects:
    """The tables that are ours, each with its columns and rules that are, and the members that were renamed.

    `folders` has where the steps are kept that have made each.
    """

    tables: Mapping[str, frozenset[str]]
    members: frozenset[Moved] = frozenset()
    folders: Mapping[str, Path] = field(default_factory=dict)

    def has(self, table: str, name: str) -> bool:
        """Whether a column or rule of the table is ours."""
        return name in self.tables.get(table, frozenset())

    def renamed(self, renames: Sequence[Rename]) -> OwnedObjects:
        """The same once these are carried out."""
        names = [_names_of(rename) for rename in renames]
        return OwnedObjects(_renamed(self.tables, names), _moved(self.members, names), _carried(self.folders, names))


def owned_by(scripts: ScriptDirectory) -> OwnedObjects:
    """What the steps own, all of them carried out."""
    tables: dict[str, frozenset[str]] = {}
    members: frozenset[Moved] = frozenset()
    folders: dict[str, Path] = {}
    for script in in_turn([*scripts.walk_revisions()][::-1]):
        renames = getattr(script.module, "renames", [])
        tables, members, folders = _renamed(tables, renames), _moved(members, renames), _carried(folders, renames)
        for table, names in getattr(script.module, "drops", {}).items():
            left = tables.pop(table, frozenset()) - frozenset(names)
            if names:
                tables[table] = left
        for table, names in getattr(script.module, "creates", {}).items():
            if table not in tables:
                folders[table] = Path(script.path).parent
            tables[table] = tables.get(table, frozenset()) | frozenset(names)
    return OwnedObjects(tables, members, folders)


def _carried(folders: Mapping[str, Path], renames: Iterable[Sequence[str]]) -> dict[str, Path]:
    """By the names that the tables have after the renames."""
    now = dict(folders)
    for names in renames:
        if len(names) == 2 and names[0] in now:
            now[names[1]] = now.pop(names[0])
    return now


def _renamed(tables: Mapping[str, frozenset[str]], renames: Iterable[Sequence[str]]) -> dict[str, frozenset[str]]:
    """With each rename carried out: of a table its old name and its new, of a part its table and both names."""
    now = dict(tables)
    for names in renames:
        match names:
            case (old, new) if old in now:
                now[new] = now.pop(old)
            case (table, old, new) if old in now.get(table, frozenset()):
                now[table] = now[table] - {old} | {new}
    return now


def _moved(members: frozenset[Moved], renames: Iterable[Sequence[str]]) -> frozenset[Moved]:
    """The members that were renamed, by the names of today; one that was renamed back was not."""
    now = {*members}
    for names in renames:
        match names:
            case (table, column, old, new):
                now = (now | {(table, column, old, new)}) - {(table, column, new, old)}
            case (before, after):
                now = {(after if table == before else table, *rest) for table, *rest in now}  # type: ignore[misc]
            case (at, before, after):
                now = {(t, after if (t, c) == (at, before) else c, old, new) for t, c, old, new in now}
    return frozenset(now)


def _names_of(rename: Rename) -> tuple[str, ...]:
    if rename.ends is not None:
        (before, old), (after, new) = rename.ends
        return (table_key(old, before), table_key(new, after))
    return (table_key(rename.table, rename.schema), rename.old, rename.new)


def released(owned: OwnedObjects, declared: sa.MetaData) -> list[str]:
    """The tables of ours that are declared as others' by now."""
    return sorted(owned.tables.keys() & declared.info.get(UNMANAGED, {}).keys())


def filters(owned: OwnedObjects, declared: sa.MetaData, unchanged: Set[str]) -> dict[str, Any]:
    """The arguments of `context.configure` by which Alembic sees only what is ours, and may have changed."""
    seen = (owned.tables.keys() | declared.tables.keys()) - declared.info.get(UNMANAGED, {}).keys()
    schemas = {place_of(key)[0] for key in seen}

    def include_name(name: str | None, kind: str, parents: Mapping[str, str | None]) -> bool:
        if kind == "schema":
            return name is None or name in schemas
        key = parents["schema_qualified_table_name"] if kind == "table" else None
        return key is None or (key in seen and key not in unchanged)

    def include_object(  # noqa: PLR0917 - as Alembic calls it
        part: Any,
        name: str | None,
        kind: str,
        reflected: bool,  # noqa: FBT001
        match: object,
    ) -> bool:
        if kind == "table" and part.key in unchanged:
            return False
        if not reflected or match is not None or kind not in PARTS:
            return True
        return owned.has(part.table.key, str(name))

    return {"include_name": include_name, "include_object": include_object}


def leave_out_foreign(steps: Iterable[ops.MigrateOperation], owned: OwnedObjects) -> None:
    """Takes out of the tables that the way back makes anew what somebody had added to them by hand."""
    for step in steps:
        if isinstance(step, ops.OpContainer):
            leave_out_foreign(step.ops, owned)
        elif isinstance(step, ops.DropTableOp) and step._reverse is not None:  # noqa: SLF001 - what is made on the way back
            made, key = step._reverse, table_key(step.table_name, step.schema)  # noqa: SLF001
            made.columns = [part for part in made.columns if {*_names([part])} <= owned.tables.get(key, frozenset())]


@dataclass(frozen=True, slots=True)
class Changes:
    """What a step says of itself, beside what it does: `locks` in words, `notes` for whoever asked for it.

    `given` are the columns, with their tables, to which it gives other values.

    `irreversible` is why it cannot be taken back while a table holds records, `after` are steps of other domains that
    it comes after.
    """

    creates: Names = field(default_factory=dict)
    drops: Names = field(default_factory=dict)
    renames: Sequence[tuple[str, ...]] = ()
    marks: Sequence[str] = ()
    locks: Sequence[str] = ()
    irreversible: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    after: Sequence[str] = ()
    given: Sequence[str] = ()


def changes(steps: Sequence[ops.MigrateOperation]) -> Changes:
    """What the steps create, drop and rename; what is made anew under its name is created and dropped."""
    creates: dict[str, list[str]] = {}
    drops: dict[str, list[str]] = {}
    for step in steps:
        for found, into in ((_created(step), creates), (_dropped(step), drops)):
            for table, names in found:
                into.setdefault(table, []).extend(names)
    for step in steps:
        if isinstance(step, ops.DropTableOp | ReleaseOp):
            drops[table_key(step.table_name, step.schema)] = []
    renames = [_names_of(step.rename) for step in steps if isinstance(step, RenameOp)]
    renames += [names for step in steps for names in _member_names(step)]
    return Changes(_sorted(creates), _sorted(drops), renames)


def _member_names(step: ops.MigrateOperation) -> Iterator[Moved]:
    """Members that a step renames, or need not rename as the column is new."""
    found: list[tuple[str, str, Mapping[Member, Member]]] = []
    match step:
        case MembersOp(change=change):
            found = [(table_key(change.table, change.schema), change.column, change.moved)]
        case ops.CreateTableOp() | ops.AddColumnOp():
            columns = [step.column] if isinstance(step, ops.AddColumnOp) else step.columns
            made = [column for column in columns if isinstance(column, sa.Column)]
            at = table_key(step.table_name, step.schema)
            found = [(at, column.name, known.renamed) for column in made if (known := members_of(column)) is not None]
    return ((table, column, str(old), str(new)) for table, column, moved in found for old, new in moved.items())


def _created(step: ops.MigrateOperation) -> Iterator[tuple[str, list[str]]]:
    match step:
        case ops.CreateTableOp():
            yield table_key(step.table_name, step.schema), [*_names(step.columns)]
        case ops.AddColumnOp():
            yield table_key(step.table_name, step.schema), [step.column.name]
        case ops.CreateIndexOp():
            yield table_key(step.table_name, step.schema), [str(step.index_name)]
        case ExclusionOp(action=AlterAction.ADD, excluded=rule):
            yield table_key(rule.table, rule.schema), [rule.name]
        case KeepFilledOp() | MirrorColumnOp():
            yield step.key, [kept_name(step)]
        case ops.AddConstraintOp():
            yield from _of_constraint(step.to_constraint())


def _dropped(step: ops.MigrateOperation) -> Iterator[tuple[str, list[str]]]:
    match step:
        case ops.DropColumnOp():
            yield table_key(step.table_name, step.schema), [step.column_name]
        case StopKeepingOp():
            yield step.key, [kept_name(step)]
        case ops.DropIndexOp():
            yield table_key(str(step.table_name), step.schema), [str(step.index_name)]
        case ExclusionOp(action=AlterAction.DROP, excluded=rule):
            yield table_key(rule.table, rule.schema), [rule.name]
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
