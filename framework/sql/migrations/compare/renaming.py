"""Renames tried out while a revision is written, so that everything else is compared under the new names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import sqlalchemy as sa
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult

from framework.errors import Invalid
from framework.sql.migrations.compare.accepted import accept_as_it_stands
from framework.sql.migrations.compare.definitions import Definitions, declared, standing, table_sql
from framework.sql.migrations.operations.releases import ReleaseOp
from framework.sql.migrations.operations.renames import Place, Rename, RenameOp, Thing, place_of, untangled
from framework.sql.migrations.ownership import OWNED, Owned, released

PLUGIN = "dspex.renaming"
RENAMES, SAVEPOINT, FOREIGN = "renames", "savepoint", "foreign"
# What the declared tables would have, by table: it takes a table made for it, so it is read once for a revision.
WOULD_HAVE = "would_have"
# The tables that come to be ours as they stand, and those that are taken not to stand.
ADOPTED, HIDDEN = "adopted", "hidden"
LINKS = sa.text(
    "SELECT conname, ARRAY(SELECT a.attname FROM unnest(k.conkey) WITH ORDINALITY AS part(number, place)"
    " JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = part.number ORDER BY part.place)"
    " FROM pg_constraint k WHERE contype = 'f' AND conrelid = to_regclass(:table)"
)
SEQUENCES = sa.text(
    "SELECT s.relname, a.attname FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'"
    " JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"
    " WHERE d.refobjid = to_regclass(:table) AND d.deptype IN ('a', 'i')"
)


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
    parts: list[Rename] = []
    hidden, adopted = context.opts.get(HIDDEN, ()), context.opts[ADOPTED]
    for table in wanted.sorted_tables:
        if table.key not in hidden and connection.scalar(sa.select(sa.func.to_regclass(table_sql(table)))) is not None:
            if table.key not in context.opts[OWNED].tables:
                context.opts[FOREIGN].append(ForeignTable(table.key, tuple(_declared_names(connection, table))))
            accept_as_it_stands(connection, table)
            ours = context.opts[WOULD_HAVE][table.key] = declared(connection, table)
            mine = None if table.key in adopted else context.opts[OWNED]
            parts += [*_of_rules(connection, table, mine, ours), *_of_sequences(connection, table, renames)]
    parts = [*untangled(parts)]
    _carry_out(connection, parts)
    renames += parts
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
            hint=f"take it over as it stands, dspex revision --adopt {found.table}; "
            'if others made it, give the resource another one, sections = (Table("..."),), or read it as it is, '
            "Table(..., managed=False); if a step of ours did and has lost its list, write there: "
            f"creates = {{{found.table!r}: {[*found.names]!r}}}",
        )


def _declared_names(connection: sa.Connection, table: sa.Table) -> Iterator[str]:
    """The columns and rules of a table that stands, and that are declared."""
    found, ours = standing(connection, table), declared(connection, table)
    columns = {column["name"] for column in sa.inspect(connection).get_columns(table.name, table.schema)}
    links = {str(name) for name, _ in connection.execute(LINKS, {"table": table_sql(table)})}
    there = {*columns, *found.checks, *found.keys, *found.indexes, *links}
    said = {*table.c.keys(), *ours.checks, *ours.keys, *ours.indexes}
    yield from sorted(there & {*said, *(str(key.name) for key in table.foreign_key_constraints)})


def undo_renames(context: AutogenContext, _: ops.UpgradeOps) -> PriorityDispatchResult:
    """Leaves the database as it was: the revision is what renames."""
    context.opts[SAVEPOINT].rollback()
    return PriorityDispatchResult.CONTINUE


def _carry_out(connection: sa.Connection, renames: list[Rename]) -> None:
    for rename in renames:
        connection.exec_driver_sql(rename.sql.replace("%", "%%"))


def _of_rules(connection: sa.Connection, table: sa.Table, owned: Owned | None, ours: Definitions) -> Iterator[Rename]:
    """The rules of ours, or of a table that comes to be ours, that say what a declared one says, but for their name."""
    theirs = standing(connection, table)
    links = {str(key.name): str([part.parent.name for part in key.elements]) for key in table.foreign_key_constraints}
    where = {"table": table_sql(table)}
    stand = {name: str(columns) for name, columns in connection.execute(LINKS, where)}
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
