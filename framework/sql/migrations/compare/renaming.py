"""Renames tried out while a revision is written, so that everything else is compared under the new names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from shlex import quote
from typing import ClassVar

import sqlalchemy as sa
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult

from framework.errors import Invalid
from framework.sql.migrations.compare.accepted import accept_as_they_stand
from framework.sql.migrations.compare.definitions import Definitions, read_definitions, table_sql
from framework.sql.migrations.compare.scratch import declared_definitions
from framework.sql.migrations.compare.unchanged import is_unchanged, links_of
from framework.sql.migrations.operations.releases import ReleaseOp
from framework.sql.migrations.operations.renames import Place, Rename, RenameOp, Thing, place_of, untangled
from framework.sql.migrations.ownership import OWNED, OwnedObjects, released

PLUGIN = "dspex.renaming"
RENAMES, SAVEPOINT, FOREIGN = "renames", "savepoint", "foreign"
# What the declared tables would have and what stands of them, by table, and those of them that are as declared.
WOULD_HAVE, STANDS, UNCHANGED = "would_have", "stands", "unchanged"
# The tables that come to be ours as they stand, and those that are taken not to stand.
ADOPTED, HIDDEN = "adopted", "hidden"
SEQUENCES = sa.text(
    "SELECT s.relname, a.attname FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'"
    " JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"
    " WHERE d.refobjid = to_regclass(:table) AND d.deptype IN ('a', 'i')"
)
THERE = sa.text("SELECT name FROM unnest(CAST(:names AS text[])) AS t (name) WHERE to_regclass(name) IS NOT NULL")


def possible(
    connection: sa.Connection, renames: Iterable[Rename], exchanged: Mapping[Place, Place]
) -> Iterator[Rename]:
    """Those whose old name stands in the database and whose new one does not: somebody may have renamed by hand.

    `exchanged` has where tables stand that are renamed before.
    """
    found, places = sa.inspect(connection), dict(exchanged)
    for rename in renames:
        if rename.ends is not None:
            old, new = rename.ends
            stands = places.get(old, old)
            if found.has_table(stands[1], stands[0]) and not found.has_table(new[1], new[0]):
                places[new] = stands
                yield rename
            continue
        here = (rename.schema, rename.table)
        schema, table = places.get(here, here)
        there = found.has_table(table, schema)
        columns = {column["name"] for column in found.get_columns(table, schema)} if there else set()
        if rename.old in columns and rename.new not in columns:
            yield rename


def rename_first(context: AutogenContext, steps: ops.UpgradeOps) -> PriorityDispatchResult:
    """Renames what is to be renamed, in a savepoint, and puts that at the head of the revision."""
    connection, wanted = context.connection, context.metadata
    assert connection is not None
    assert isinstance(wanted, sa.MetaData)
    context.opts[SAVEPOINT] = connection.begin_nested()
    renames: list[Rename] = [*context.opts[RENAMES]]
    for name in sorted({rename.new for rename in renames if rename.thing is Thing.SCHEMA and rename.new}):
        connection.execute(sa.schema.CreateSchema(name, if_not_exists=True))
    _carry_out(connection, renames)
    tables = [table for table in _standing(connection, wanted) if table.key not in context.opts.get(HIDDEN, ())]
    renames += _of_parts(context, connection, tables, renames)
    steps.ops.extend(RenameOp(rename) for rename in renames)
    steps.ops.extend(ReleaseOp(*place_of(key)) for key in released(context.opts[OWNED], wanted))
    return PriorityDispatchResult.CONTINUE


@dataclass(frozen=True, slots=True)
class ForeignTable:
    """A table that stands under a declared name, and that no step says it has made; `names` are its declared parts."""

    table: str
    names: tuple[str, ...]
    says: ClassVar[str] = "is there already, and no step of ours says that it has made it"


def refuse_foreign(tables: Sequence[ForeignTable]) -> None:
    """Raises Invalid where such a table stands."""
    for found in tables:
        raise Invalid(
            f"the table `{found.table}` {found.says}",
            code="foreign_table",
            path=(found.table,),
            hint=f"take it over as it stands, dspex revision --adopt {quote(found.table)}; "
            'if others made it, give the resource another one, sections = (Table("..."),), or read it as it is, '
            "Table(..., managed=False); if a step of ours did and has lost its list, write there: "
            f"creates = {{{found.table!r}: {[*found.names]!r}}}",
        )


def _standing(connection: sa.Connection, wanted: sa.MetaData) -> list[sa.Table]:
    """The declared tables of whose name one stands, each after those that it leads to."""
    names = {table_sql(table): table for table in wanted.sorted_tables}
    there = {*connection.execute(THERE, {"names": [*names]}).scalars()}
    return [table for name, table in names.items() if name in there]


def _of_parts(
    context: AutogenContext, connection: sa.Connection, tables: Sequence[sa.Table], renames: list[Rename]
) -> list[Rename]:
    """The renames of what the tables are of, carried out; what stands and what would is kept for the comparison."""
    owned, names = context.opts[OWNED], {table.key: table_sql(table) for table in tables}
    accept_as_they_stand(connection, tables)
    ours, theirs = declared_definitions(connection, tables), dict(read_definitions(connection, names))
    found: dict[str, list[Rename]] = {}
    for table in tables:
        there, said = theirs[table.key], ours[table.key]
        if table.key not in owned.tables:
            context.opts[FOREIGN].append(ForeignTable(table.key, tuple(_declared_names(table, there, said))))
        mine = None if table.key in context.opts[ADOPTED] else owned
        found[table.key] = [*_of_rules(table, mine, there, said), *_of_sequences(connection, table, renames)]
    parts = [*untangled([rename for some in found.values() for rename in some])]
    _carry_out(connection, parts)
    theirs.update(read_definitions(connection, {key: names[key] for key, some in found.items() if some}))
    context.opts[WOULD_HAVE], context.opts[STANDS] = ours, theirs
    unchanged: set[str] = context.opts[UNCHANGED]
    unchanged.clear()
    unchanged.update(each.key for each in tables if is_unchanged(each, theirs[each.key], ours[each.key]))
    return parts


def _declared_names(table: sa.Table, found: Definitions, ours: Definitions) -> Iterator[str]:
    """The columns and rules of a table that stands, and that are declared."""
    there = {*found.columns, *found.checks, *found.keys, *found.indexes, *found.links}
    said = {*table.c.keys(), *ours.checks, *ours.keys, *ours.indexes}
    yield from sorted(there & {*said, *(str(key.name) for key in table.foreign_key_constraints)})


def undo_renames(context: AutogenContext, _: ops.UpgradeOps) -> PriorityDispatchResult:
    """Leaves the database as it was: the revision is what renames."""
    context.opts[SAVEPOINT].rollback()
    return PriorityDispatchResult.CONTINUE


def _carry_out(connection: sa.Connection, renames: list[Rename]) -> None:
    for rename in renames:
        connection.exec_driver_sql(rename.sql.replace("%", "%%"))


def _of_rules(table: sa.Table, owned: OwnedObjects | None, theirs: Definitions, ours: Definitions) -> Iterator[Rename]:
    """The rules of ours, or of a table that comes to be ours, that say what a declared one says, but for their name."""
    links, stand = (
        {name: text.partition(" REFERENCES ")[0].replace('"', "") for name, text in each.items()}
        for each in (links_of(table), theirs.links)
    )
    for thing, said, found in (
        (Thing.CONSTRAINT, ours.checks, theirs.checks),
        (Thing.CONSTRAINT, ours.keys, theirs.keys),
        (Thing.CONSTRAINT, links, stand),
        (Thing.CONSTRAINT, ours.exclusions, theirs.exclusions),
        (Thing.INDEX, ours.indexes, theirs.indexes),
    ):
        mine = {name: text for name, text in found.items() if owned is None or owned.has(table.key, name)}
        for old, new in _pairs(said, mine):
            yield Rename(thing, table.name, old, new, table.schema)


def _pairs(said: Mapping[str, str], found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    missing = {name: text for name, text in said.items() if name not in found}
    for old, text in found.items():
        new = next((name for name, other in missing.items() if other == text), None)
        if old not in said and new is not None:
            del missing[new]
            yield old, new


def _of_sequences(connection: sa.Connection, table: sa.Table, renames: list[Rename]) -> Iterator[Rename]:
    """A sequence that counts for a renamed table is named after it, as it would be in a new database."""
    if not any(rename.thing is Thing.TABLE and rename.new == table.name for rename in renames):
        return
    for name, column in connection.execute(SEQUENCES, {"table": table_sql(table)}):
        wanted = f"{table.name}_{column}_seq"
        if name != wanted:
            yield Rename(Thing.SEQUENCE, table.name, name, wanted, table.schema)


_plugin = Plugin(PLUGIN)
_plugin.add_autogenerate_comparator(rename_first, "autogenerate", priority=DispatchPriority.FIRST)
_plugin.add_autogenerate_comparator(undo_renames, "autogenerate", priority=DispatchPriority.LAST)
