"""Members of an enum or literal that have another name now: what is stored of them moves, while no CHECK stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import sqlalchemy as sa
from alembic.operations import ops

from framework.spec.attribute import AttributeSpec
from framework.spec.resource import ResourceSpec
from framework.sql.definitions.constraints import CHOICES
from framework.sql.definitions.names import rule_name
from framework.sql.migrations.operations.irreversible_where import IrreversibleWhereOp
from framework.sql.migrations.operations.renames import escaped, literal, qualified, quoted
from framework.types.type import Kind

MEMBERS = "members"
Member = str | int | bool


@dataclass(frozen=True, slots=True)
class Within:
    """How the members within a list or map are taken apart, put together again, and written."""

    parts: str
    together: str
    member: Callable[[Member], str]


@dataclass(frozen=True, slots=True)
class Members:
    """What a column may hold: `choices`, alone or `within` a list or map, and the names they had before.

    `said` and `dropped` are the old members that whoever asked for the revision has spoken of.
    """

    rule: str
    within: Within | None
    choices: tuple[Member, ...]
    renamed: Mapping[Member, Member] = field(default_factory=dict)
    said: frozenset[Member] = frozenset()
    dropped: frozenset[Member] = frozenset()


def note_members(column: sa.Column[Any], attribute: AttributeSpec, spec: ResourceSpec) -> None:
    """Keeps with the column what its members are, and the name of the CHECK that upholds them."""
    kind = attribute.type if attribute.type.item is None else attribute.type.item
    if kind.choices:
        rule = rule_name(column.key, CHOICES, spec)
        column.info[MEMBERS] = Members(rule, _within(attribute), kind.choices, attribute.renamed_members)


def members_of(column: sa.Column[Any]) -> Members | None:
    """What its members are, if it is of such."""
    found: Members | None = column.info.get(MEMBERS)
    return found


@dataclass(frozen=True, slots=True)
class MembersChange:
    """What becomes of the members of a column: which move, which are `gone` with no word said, and which come.

    `held` is how many records have one that is gone.
    """

    table: str
    column: str
    members: Members
    moved: Mapping[Member, Member]
    gone: tuple[Member, ...] = ()
    come: tuple[Member, ...] = ()
    held: int = 0
    schema: str | None = None

    @property
    def merged(self) -> tuple[Member, ...]:
        """Those that moved to where others were already: nobody can tell them apart afterwards."""
        fresh = [new for new in self.moved.values() if new in self.come or self.members.within is not None]
        return tuple(old for old, new in self.moved.items() if fresh.count(new) != 1)

    @property
    def unsure(self) -> Mapping[Member, Member]:
        """Those that may have moved to where others were: within a list or map only the records tell."""
        apart = {old: new for old, new in self.moved.items() if old not in self.merged and new not in self.come}
        return {} if self.members.within is None else apart

    def back(self) -> MembersChange:
        """The opposite."""
        moved = {new: old for old, new in self.moved.items() if old not in self.merged}
        come = self.gone if self.members.within is None else tuple(moved.values())
        return replace(self, moved=moved, gone=self.come, come=come, held=0)

    @property
    def sql(self) -> str:
        """The statement."""
        column, table, within = quoted(self.column), qualified(self.schema, self.table), self.members.within
        if within is None:
            cases = _cases(column, {_literal(old): _literal(new) for old, new in self.moved.items()})
            olds = ", ".join(map(_literal, self.moved))
            return f"UPDATE {table} SET {column} = {cases} WHERE {column} IN ({olds})"  # noqa: S608 - the step's words
        cases = _cases("part.value", {within.member(old): within.member(new) for old, new in self.moved.items()})
        value = f"(SELECT {within.together.format(cases)} FROM {within.parts.format(column)})"  # noqa: S608
        return f"UPDATE {table} SET {column} = {value} WHERE {self.having(self.moved)}"  # noqa: S608

    def having(self, members: Iterable[Member]) -> str:
        """That a record has one of these within its list or map."""
        within = self.members.within
        assert within is not None
        source = within.parts.format(quoted(self.column))
        return f"EXISTS (SELECT 1 FROM {source} WHERE part.value IN ({', '.join(map(within.member, members))}))"  # noqa: S608

    def not_kept(self, members: Iterable[Member]) -> str:
        """Why it is not taken back."""
        return f"which of them had the `{self.column}` {', '.join(map(str, members))} is not kept"


class MembersOp(ops.ExecuteSQLOp):
    """A change of members as a step of a revision; one that moves none is only known of while it is written."""

    def __init__(self, change: MembersChange) -> None:
        super().__init__(escaped(change.sql) if change.moved else "")
        self.change = change
        self.table_name, self.schema = change.table, change.schema

    def reverse(self) -> MembersOp:
        """The members moved back."""
        return MembersOp(self.change.back())


def carried_out(steps: Sequence[ops.MigrateOperation]) -> Iterator[ops.MigrateOperation]:
    """The steps without changes of members that move none, and with a look before those that may merge some."""
    for step in steps:
        if isinstance(step, MembersOp) and (unsure := step.change.unsure):
            change = step.change
            where, says = change.having(unsure.values()), change.not_kept(unsure)
            yield IrreversibleWhereOp(change.table, where, says, change.schema)
        if not isinstance(step, MembersOp) or step.change.moved:
            yield step


def _within(attribute: AttributeSpec) -> Within | None:
    """How the column keeps its list or map, if it is one."""
    kind, said = attribute.type.kind, attribute.column_type
    if kind not in (Kind.LIST, Kind.MAP):
        return None
    if said is not None and said.array:
        return Within("unnest({0}) WITH ORDINALITY AS part(value, key)", "array_agg({0} ORDER BY part.key)", _literal)
    there, back = ("::jsonb", "::json") if said is not None and said.name == "json" else ("", "")
    if kind is Kind.MAP:
        return Within(
            f"jsonb_each({{0}}{there}) AS part(key, value)", f"jsonb_object_agg(part.key, {{0}}){back}", _json
        )
    parts = f"jsonb_array_elements({{0}}{there}) WITH ORDINALITY AS part(value, key)"
    return Within(parts, f"jsonb_agg({{0}} ORDER BY part.key){back}", _json)


def _cases(value: str, moved: Mapping[str, str]) -> str:
    whens = " ".join(f"WHEN {old} THEN {new}" for old, new in moved.items())
    return f"CASE {value} {whens} ELSE {value} END"


def _literal(member: Member) -> str:
    """As PostgreSQL reads it for whatever type the column has."""
    text = str(member).lower() if isinstance(member, bool) else str(member)
    return literal(text)


def _json(member: Member) -> str:
    return _literal(orjson.dumps(member).decode()) + "::jsonb"
