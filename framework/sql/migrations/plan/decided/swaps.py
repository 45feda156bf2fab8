"""Two columns or tables that exchanged their names: renamed by way of a third, and noticed where nobody said so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from shlex import quote
from typing import Any, TypeVar

import sqlalchemy as sa

from framework.errors import Invalid, Issue
from framework.sql.migrations.compare.definitions import Definitions
from framework.sql.migrations.operations.renames import (
    BETWEEN,
    DIALECT,
    Rename,
    Thing,
    named_in_rules,
    place_of,
    table_renames,
)
from framework.sql.migrations.ownership import OwnedObjects
from framework.sql.migrations.plan.decided.decisions import Decisions, column_of
from framework.sql.migrations.plan.decided.table_names import TableNames

T = TypeVar("T")
Pair = tuple[T, T]
Shape = frozenset[tuple[str, str, bool]]
UNDECIDED_SWAP = "undecided_swap"


def said_table_swaps(
    decisions: Decisions, owned: OwnedObjects, declared: sa.MetaData
) -> tuple[list[Rename], Decisions]:
    """The renames of pairs of tables that exchange their names, `Item=Article` with `Article=Item`, and what is left.

    Raises Invalid where the two are of domains that keep their steps apart: a table stays with those that made it.
    """
    pairs, left, there = list[Rename](), [*decisions.renames], declared.tables.keys() & owned.tables.keys()
    names = TableNames.of(declared, there)
    for said in decisions.renames:
        one, _, other = said.partition("=")
        back = f"{other}={one}"
        first, second = names.one(one, there), names.one(other, there)
        if said == back or first is None or second is None or back not in left or said not in left:
            continue
        if owned.folders.get(first) != owned.folders.get(second):
            says = f"--rename {said}: `{first}` and `{second}` are of domains that keep their steps apart"
            raise Invalid(says, code="unknown_rename", path=("rename",), hint="give one of them a third name first")
        left = [each for each in left if each not in (said, back)]
        between = (place_of(first)[0], BETWEEN)
        for old, new in ((place_of(first), between), (place_of(second), place_of(first)), (between, place_of(second))):
            pairs += table_renames(old, new)
    return pairs, replace(decisions, renames=tuple(left))


def said_swaps(decisions: Decisions, owned: OwnedObjects, declared: sa.MetaData) -> tuple[list[Rename], Decisions]:
    """The renames of pairs that exchange their names, `Item.a=b` with `Item.b=a`, and what else was decided."""
    renames, pairs = [*decisions.renames], list[Rename]()
    names, both = TableNames.of(declared, declared.tables), declared.tables.keys() & owned.tables.keys()
    for said in decisions.renames:
        resource, _, words = said.rpartition(".") if "=" not in said.rpartition(".")[0] else ("", "", "")
        one, _, other = words.partition("=")
        back = f"{resource}.{other}={one}"
        name = names.one(resource, both)
        if one == other or name is None or back not in renames or said not in renames:
            continue
        table = declared.tables[name]
        there = owned.tables[name] & {column.name for column in table.c}
        first, second = column_of(one, there), column_of(other, there)
        if first is not None and second is not None:
            renames = [each for each in renames if each not in (said, back)]
            pairs += _by_way_of_a_third(table, first, second)
    return pairs, replace(decisions, renames=tuple(renames))


def _by_way_of_a_third(table: sa.Table, one: str, other: str) -> Iterator[Rename]:
    for old, new in ((one, BETWEEN), (other, one), (BETWEEN, other)):
        yield Rename(Thing.COLUMN, table.name, old, new, table.schema)


@dataclass(frozen=True, slots=True)
class Swap:
    """Two tables, or two columns of a table, that are declared as the other of them stands."""

    one: str
    other: str
    table: str | None = None

    @property
    def issue(self) -> Issue:
        """The question, what is true of it: did the records move as well?"""
        of = "" if self.table is None else f"{self.table}."
        one, other = f"{of}{self.one}", f"{of}{self.other}"
        renames = [f"{one}={self.other}", f"{other}={self.one}"]
        return Issue(
            UNDECIDED_SWAP,
            f"what is declared of `{one}` and of `{other}` changed places: did the two exchange their names?",
            path=("rename", one),
            params={"name": one, "other": other, "renames": renames},
            hint=f"say {' '.join(f'--rename {quote(each)}' for each in renames)} if they did, "
            f"or --keep {quote(one)} if each is what it was",
        )

    def kept(self, said: str, names: TableNames) -> bool:
        """Whether that names one of the two; `names` are those of all tables there are."""
        if self.table is None:
            return names.one(said, (self.one, self.other)) is not None
        resource, _, part = said.rpartition(".")
        return names.one(resource, [self.table]) is not None and column_of(part, (self.one, self.other)) is not None


@dataclass(slots=True)
class SwapsNoticed:
    """What changed places, gathered table by table."""

    columns: list[Swap] = field(default_factory=list)
    # What the columns of each table are, as it stands and as it is declared.
    shapes: dict[str, tuple[Shape, Shape]] = field(default_factory=dict)

    def look(self, tables: Pair[sa.Table], definitions: Pair[Definitions], owned: OwnedObjects) -> None:
        """Looks at a table, as it stands and as it is declared."""
        found, wanted = tables
        self.columns += _columns(tables, definitions, owned)
        before = frozenset(_plainly(column) for column in found.c if owned.has(wanted.key, column.name))
        self.shapes[wanted.key] = (before, frozenset(map(_plainly, wanted.c)))

    @property
    def all(self) -> Sequence[Swap]:
        """Those of tables, and those of columns."""
        changed = [name for name, (before, after) in sorted(self.shapes.items()) if before != after]
        pairs = [Swap(*pair) for pair in combinations(changed, 2) if self._exchanged(*pair)]
        return [*pairs, *self.columns]

    def _exchanged(self, one: str, other: str) -> bool:
        return self.shapes[one] == self.shapes[other][::-1]


def _columns(tables: Pair[sa.Table], definitions: Pair[Definitions], owned: OwnedObjects) -> Iterator[Swap]:
    """The pairs of which each is declared as the other stands; `tables` and `definitions` are standing and declared.

    That one may be absent and the other not is too little to ask about: types or rules have to differ.
    """
    found, wanted = tables
    both = {column.name for column in found.c} & {column.name for column in wanted.c}
    names = [column.name for column in found.c if column.name in both and owned.has(wanted.key, column.name)]
    before, after = (
        {name: _told(table, name, definition) for name in names}
        for table, definition in zip(tables, definitions, strict=True)
    )
    changed = [name for name in names if before[name] != after[name]]
    for one, other in combinations(changed, 2):
        exchanged = before[one] == after[other] and before[other] == after[one]
        if exchanged and before[one][1:] != before[other][1:]:
            yield Swap(one, other, wanted.key)


def swap_questions(swaps: Sequence[Swap], decisions: Decisions, names: TableNames) -> Iterator[Issue]:
    """What is asked of those of which nothing was said; raises Invalid for a `--keep` that answers nothing."""
    for said in decisions.keeps:
        if not any(swap.kept(said, names) for swap in swaps):
            says = f"--keep {said}: nothing of that name seems to have another one"
            raise Invalid(says, code="unknown_keep", path=("keep",))
    return (swap.issue for swap in swaps if not any(swap.kept(said, names) for said in decisions.keeps))


def _told(table: sa.Table, name: str, definitions: Definitions) -> tuple[Any, ...]:
    """Whether a column may be absent, its type, and the rules that are about it alone, without its name."""
    column, others = table.c[name], [each.name for each in table.c if each.name != name]
    kind = _kind(column)
    rules = [*_alone(definitions.checks, name, others), *_alone(definitions.keys, name, others)]
    return (column.nullable, kind, *sorted(rules))


def _plainly(column: sa.Column[Any]) -> tuple[str, str, bool]:
    return column.name, _kind(column), bool(column.nullable)


def _kind(column: sa.Column[Any]) -> str:
    return column.type.compile(dialect=DIALECT).partition(" COLLATE")[0]


def _alone(rules: Mapping[str, str], name: str, others: Sequence[str]) -> Iterator[str]:
    for text in rules.values():
        if re.search(_word(name), text) and not any(re.search(_word(other), text) for other in others):
            yield re.sub(_word(name), "?", text)


def _word(name: str) -> str:
    return rf"(?<![\w\"']){named_in_rules(name)}(?![\w\"'])"
