"""The members of enums and literals as they stand, compared with those declared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops

from framework.errors import Invalid
from framework.sql.migrations.compare.definitions import table_sql
from framework.sql.migrations.operations.members import Member, Members, MembersChange, MembersOp, members_of
from framework.sql.migrations.operations.renames import named_in_rules, quoted
from framework.sql.migrations.ownership import OwnedObjects

# `kind IN (…)` as PostgreSQL writes it, of nothing but known values; a varchar it compares as a text.
MEMBER = r"\(*(?:E?'(?:[^']|'')*'|-?\d+|true|false)\)*(?:::[a-z ]+\)*)*"
SEVERAL = rf"\((?:{{0}}|\({{0}}\)::text) = ANY \(\(?(ARRAY\[{MEMBER}(?:, {MEMBER})*\])(?:\)::text\[\])?\)\)"
ONE = rf"\((?:{{0}}|\({{0}}\)::text) = ({MEMBER})\)"


OF_LISTS = "as the database does not know which members its lists or maps had"
OF_LABELS = "as no rule says which members it had; the labels of an enum of the database stay"


@dataclass(frozen=True, slots=True)
class Standing:
    """A declared table as it stands: with its own CHECKs, by name, and with what is ours."""

    connection: sa.Connection
    table: sa.Table
    checks: Mapping[str, str]
    owned: OwnedObjects


def add_member_changes(steps: ops.ModifyTableOps, standing: Standing) -> None:
    """Adds what becomes of members; where the column gets another type too, while or once it is a text."""
    types = {step.column_name: step for step in steps.ops if isinstance(step, ops.AlterColumnOp) and step.modify_type}
    for change in [*_changes(standing)]:
        retyped = types.get(change.column)
        later = retyped is not None and not isinstance(retyped.existing_type, sa.Text)
        steps.ops.insert(len(steps.ops) if later else 0, MembersOp(change))


def _changes(standing: Standing) -> Iterator[MembersChange]:
    table, owned = standing.table, standing.owned
    for column in table.c:
        known = members_of(column)
        if known is None or not owned.has(table.key, column.name):
            continue
        if known.within is not None:
            if known.dropped:
                raise _not_known(column, known.dropped, OF_LISTS)
            done = {(old, new) for at, name, old, new in owned.members if (at, name) == (table.key, column.name)}
            moved = {old: new for old, new in known.renamed.items() if (str(old), str(new)) not in done}
            if moved:
                yield MembersChange(table.name, column.name, known, moved, schema=table.schema)
            continue
        before = _before(standing, column.name, known)
        if before is None and (known.said or known.dropped):
            raise _not_known(column, known.said | known.dropped, OF_LABELS)
        if before is not None:
            yield from _of_choices(standing, column, known, before)


def _not_known(column: sa.Column[Any], spoken_of: frozenset[Member], why: str) -> Invalid:
    names = ", ".join(sorted(map(str, spoken_of)))
    return Invalid(
        f"`{column.table.name}.{column.name}`: no step can do that to {names}, {why}",
        code="unknown_rename",
        path=("rename",),
        hint="write the new values in a step of your own (dspex revision --empty); dspex check --data tells of records "
        "that still hold one",
    )


def _of_choices(
    standing: Standing, column: sa.Column[Any], known: Members, before: tuple[Member, ...]
) -> Iterator[MembersChange]:
    if unmet := (known.said | known.dropped) - {*before}:
        names, there = ", ".join(sorted(map(str, unmet))), ", ".join(map(str, before))
        says = f"`{column.table.name}.{column.name}` has had no member {names} so far; it has {there}"
        raise Invalid(says, code="unknown_rename", path=("rename",))
    gone = [member for member in before if member not in known.choices]
    moved = {old: known.renamed[old] for old in gone if old in known.renamed}
    left = tuple(old for old in gone if old not in moved)
    come = tuple(new for new in known.choices if new not in before)
    if moved or left:
        held = _held(standing, column.name, left)
        yield MembersChange(standing.table.name, column.name, known, moved, left, come, held, standing.table.schema)


def _held(standing: Standing, column: str, members: Sequence[Member]) -> int:
    """How many records have one of the members, as the column stands."""
    where = sa.literal_column(quoted(column)).in_([sa.literal(each) for each in members])
    counted = sa.select(sa.func.count()).select_from(sa.text(table_sql(standing.table)))
    return standing.connection.execute(counted.where(where)).scalar_one() if members else 0


def _before(standing: Standing, column: str, known: Members) -> tuple[Member, ...] | None:
    """The members that the CHECK of the column allows, read by PostgreSQL itself; None where there is no such CHECK.

    Of a renamed column it is still called by the old name, which is that of another column's where two have exchanged.
    """
    declared = {str(check.name) for check in standing.table.constraints if isinstance(check, sa.CheckConstraint)}
    declared -= {each.rule for column in standing.table.c if (each := members_of(column)) is not None}
    others = [name for name in standing.checks if name not in declared and name.startswith("ck_")]
    for name in (known.rule, *sorted(others)):
        for pattern, listed in ((SEVERAL, "{0}"), (ONE, "ARRAY[{0}]")):
            text = pattern.format(named_in_rules(column))
            if found := re.fullmatch(text, standing.checks.get(name, ""), re.DOTALL):
                select = f"SELECT {listed.format(found[1])}".replace("%", "%%")
                return tuple(standing.connection.exec_driver_sql(select).scalar_one())
    return None
