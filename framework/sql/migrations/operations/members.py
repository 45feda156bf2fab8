"""Members of an enum or literal that have another name now: what is stored of them moves, while no CHECK stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import sqlalchemy as sa
from alembic.operations import ops

from framework.spec.attribute import AttributeSpec
from framework.sql.migrations.operations.renames import escaped, qualified, quoted
from framework.types.type import Kind

MEMBERS = "members"
Member = str | int | bool
# How the values within a list or map are taken apart and put together again.
WITHIN = {
    Kind.LIST: ("jsonb_array_elements({0}) WITH ORDINALITY AS part(value, key)", "jsonb_agg({0} ORDER BY part.key)"),
    Kind.MAP: ("jsonb_each({0}) AS part(key, value)", "jsonb_object_agg(part.key, {0})"),
}


@dataclass(frozen=True, slots=True)
class Members:
    """What a column may hold: `choices`, within a list or map if `kind` is one, and the names they had before.

    `said` and `dropped` are the old members that whoever asked for the revision has spoken of.
    """

    rule: str
    kind: Kind
    choices: tuple[Member, ...]
    renamed: Mapping[Member, Member] = field(default_factory=dict)
    said: frozenset[Member] = frozenset()
    dropped: frozenset[Member] = frozenset()


def note_members(column: sa.Column[Any], attribute: AttributeSpec, rule: str) -> None:
    """Keeps with the column what its members are; `rule` is the name of the CHECK that upholds them."""
    kind = attribute.type if attribute.type.item is None else attribute.type.item
    if kind.choices:
        column.info[MEMBERS] = Members(rule, attribute.type.kind, kind.choices, attribute.renamed_members)


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
        fresh = [new for new in self.moved.values() if new in self.come or self.members.kind in WITHIN]
        return tuple(old for old, new in self.moved.items() if fresh.count(new) != 1)

    def back(self) -> MembersChange:
        """The opposite."""
        moved = {new: old for old, new in self.moved.items() if old not in self.merged}
        return replace(self, moved=moved, gone=self.come, come=self.gone, held=0)

    @property
    def sql(self) -> str:
        """The statement."""
        column, table = quoted(self.column), qualified(self.schema, self.table)
        if self.members.kind not in WITHIN:
            cases = _cases(column, {_literal(old): _literal(new) for old, new in self.moved.items()})
            olds = ", ".join(map(_literal, self.moved))
            return f"UPDATE {table} SET {column} = {cases} WHERE {column} IN ({olds})"  # noqa: S608 - the step's words
        parts, together = (text.format("{0}") for text in WITHIN[self.members.kind])
        source = parts.format(column)
        cases = _cases("part.value", {_json(old): _json(new) for old, new in self.moved.items()})
        olds = ", ".join(map(_json, self.moved))
        value = f"(SELECT {together.format(cases)} FROM {source})"  # noqa: S608
        held = f"EXISTS (SELECT 1 FROM {source} WHERE part.value IN ({olds}))"  # noqa: S608
        return f"UPDATE {table} SET {column} = {value} WHERE {held}"  # noqa: S608


class MembersOp(ops.ExecuteSQLOp):
    """A change of members as a step of a revision; one that moves none is only known of while it is written."""

    def __init__(self, change: MembersChange) -> None:
        super().__init__(escaped(change.sql) if change.moved else "")
        self.change = change

    def reverse(self) -> MembersOp:
        """The members moved back."""
        return MembersOp(self.change.back())


def carried_out(steps: Sequence[ops.MigrateOperation]) -> Iterator[ops.MigrateOperation]:
    """The steps without changes of members that move none."""
    return (step for step in steps if not isinstance(step, MembersOp) or step.change.moved)


def _cases(value: str, moved: Mapping[str, str]) -> str:
    whens = " ".join(f"WHEN {old} THEN {new}" for old, new in moved.items())
    return f"CASE {value} {whens} ELSE {value} END"


def _literal(member: Member) -> str:
    """As PostgreSQL reads it for whatever type the column has."""
    text = str(member).lower() if isinstance(member, bool) else str(member)
    return "'" + text.replace("'", "''") + "'"


def _json(member: Member) -> str:
    return _literal(orjson.dumps(member).decode()) + "::jsonb"
