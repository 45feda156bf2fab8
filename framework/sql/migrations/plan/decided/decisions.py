"""What only whoever declares can know of a revision: that a new name is an old thing's, or that a thing is to go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import sqlalchemy as sa

from framework.errors import Invalid
from framework.naming import foreign_key_name
from framework.sql.migrations.operations.renames import Rename, Thing, place_of, table_renames
from framework.sql.migrations.ownership import OwnedObjects
from framework.sql.migrations.plan.decided.table_names import TableNames


class StepMode(StrEnum):
    """How a step is written: to be carried out beside writers, or as two, for old and new code beside each other."""

    ONLINE = "online"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class Decisions:
    """Renames, as `Item=Article` or `Article.note=remark`, and what may be dropped, as `Item` or `Article.note`.

    `keeps` are columns that have their names still, though their rules changed places with another's.

    A step is online without being asked for where a table of more than `big` records would be locked for long.
    `adopts` are the resources whose tables stand already and are to be ours; `all` means every one that does.
    """

    renames: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    modes: frozenset[StepMode] = frozenset()
    big: int = 100_000
    adopts: tuple[str, ...] = ()


UNDECIDED = Decisions()
# What the declarations say may go, in the information of the tables.
DROPPED = "dropped"


def renames_of(decisions: Decisions, owned: OwnedObjects, declared: sa.MetaData) -> Iterator[Rename]:
    """The renames decided on; raises Invalid for a name that is none."""
    for said in decisions.renames:
        try:
            renames = _renames(said, owned, declared)
            owned = owned.renamed(renames)
            yield from renames
        except ValueError as error:
            hint = "write --rename Item=Article, or --rename Article.note=remark"
            raise Invalid(f"--rename {said}: {error}", code="unknown_rename", path=("rename",), hint=hint) from None


def said_tables(decisions: Decisions, owned: OwnedObjects, declared: sa.MetaData) -> tuple[list[Rename], Decisions]:
    """The renames of whole tables, and what is left, which speaks of their columns under the new names."""
    names, old = _all_names(owned, declared), owned.tables.keys() - declared.tables.keys()
    whole = tuple(said for said in decisions.renames if names.one(said.partition("=")[0], old) is not None)
    left = tuple(said for said in decisions.renames if said not in whole)
    return [*renames_of(replace(decisions, renames=whole), owned, declared)], replace(decisions, renames=left)


def column_of(name: str, known: Iterable[str]) -> str | None:
    """The column that an attribute is called by, among those known, or else the one that a link is."""
    there = {*known}
    return next((each for each in (name, foreign_key_name(name)) if each in there), None)


def _renames(said: str, owned: OwnedObjects, declared: sa.MetaData) -> list[Rename]:
    old, _, new = said.partition("=")
    if not old or not new:
        raise ValueError("says no old name and new one")
    resource, dot, part = old.rpartition(".")
    if dot:
        if (moved := _tables(old, new, owned, declared)) is not None:
            return moved
        return [_column(resource, part, new, _parts(resource, owned, declared))]
    names, both = _all_names(owned, declared), owned.tables.keys() & declared.tables.keys()
    before = names.one(old, owned.tables.keys() - declared.tables.keys())
    after = names.one(new, declared.tables.keys() - owned.tables.keys())
    if before is None and (other := TableNames.of(declared, both).one(old, both)) is not None:
        raise _declared_still(f"--rename {said}", other)
    if before is None:
        raise ValueError(f"`{old}` is no table of ours that is no longer declared")
    if after is None:
        raise ValueError(f"`{new}` is not newly declared")
    return [*table_renames(place_of(before), place_of(after))]


def _tables(old: str, new: str, owned: OwnedObjects, declared: sa.MetaData) -> list[Rename] | None:
    """The renames of a table that is named with its schema; None where no table is meant."""
    if old not in owned.tables or old in declared.tables:
        return None
    after = _all_names(owned, declared).one(new, declared.tables.keys() - owned.tables.keys())
    return None if after is None else [*table_renames(place_of(old), place_of(after))]


def _all_names(owned: OwnedObjects, declared: sa.MetaData) -> TableNames:
    return TableNames.of(declared, {*owned.tables, *declared.tables})


def _parts(resource: str, owned: OwnedObjects, declared: sa.MetaData) -> tuple[sa.Table, frozenset[str]]:
    """A table that stands and is declared, and what of it stands."""
    name = TableNames.of(declared, declared.tables).one(resource, declared.tables.keys() & owned.tables.keys())
    if name is None:
        raise ValueError(f"`{resource}` is no resource that has a table already")
    return declared.tables[name], owned.tables[name]


def _column(resource: str, old: str, new: str, parts: tuple[sa.Table, frozenset[str]]) -> Rename:
    table, standing = parts
    declared = {column.name for column in table.c}
    before = column_of(old, standing - declared)
    after = column_of(table.c[new].name if new in table.c else new, declared - standing)
    if before is None and (other := column_of(old, standing & declared)) is not None:
        raise _declared_still(f"--rename {resource}.{old}={new}", f"{table.key}.{other}")
    if before is None:
        raise ValueError(f"`{old}` is nothing of `{resource}` that is no longer declared")
    if after is None:
        raise ValueError(f"`{new}` is not newly declared in `{resource}`")
    return Rename(Thing.COLUMN, table.name, before, after, table.schema)


def _declared_still(word: str, name: str) -> Invalid:
    """That what would have another name is declared under its old one as well."""
    return Invalid(
        f"{word}: `{name}` is declared still, and what stands there is either that or what has another name now",
        code="unknown_rename",
        path=("rename",),
        hint="if a new one takes the old name, that is two steps: leave it out of the declaration, write the step that "
        "renames, and declare it after that",
    )
