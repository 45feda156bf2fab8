"""Members of enums and literals in a revision: what was said of them where it was asked for, and what nobody said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from shlex import quote

import sqlalchemy as sa
from alembic.operations import ops

from framework.errors import Invalid, Issue
from framework.sql.migrations.operations.members import (
    MEMBERS,
    Member,
    Members,
    MembersChange,
    MembersOp,
    members_of,
)
from framework.sql.migrations.operations.renames import table_key
from framework.sql.migrations.plan.decided.decisions import Decisions
from framework.sql.migrations.plan.decided.table_names import TableNames

UNDECIDED = "undecided_member"


def note_said(decisions: Decisions, declared: sa.MetaData) -> Decisions:
    """Keeps with their columns what was said of members, `Item.kind.old=new`; gives what was said of other things."""
    renames = [said for said in decisions.renames if not _note(said, declared)]
    drops = [said for said in decisions.drops if "=" in said or not _note(said, declared)]
    return replace(decisions, renames=tuple(renames), drops=tuple(drops))


def undecided_members(steps: Sequence[ops.MigrateOperation]) -> Iterator[Issue]:
    """A question for each column of which one member goes that records have, and one comes: is it that one?

    Where no record of this database has it none is asked: the step looks for such records wherever it is carried out.
    """
    for step in steps:
        if isinstance(step, MembersOp):
            change = step.change
            gone = [old for old in change.gone if old not in change.members.dropped]
            come = [new for new in change.come if new not in change.moved.values()]
            if change.held and len(gone) == len(come) == 1:
                yield _question(change, gone[0], come[0])


def words_of(steps: Sequence[ops.MigrateOperation]) -> dict[str, str]:
    """By the name of the CHECK that forbids them, what records are that have a member which is gone."""
    changes = [step.change for step in steps if isinstance(step, MembersOp) and step.change.gone]
    return {change.members.rule: _says(change) for change in changes}


def _question(change: MembersChange, old: Member, new: Member) -> Issue:
    name = f"{table_key(change.table, change.schema)}.{change.column}.{old}"
    held = "1 record" if change.held == 1 else f"{change.held} records"
    return Issue(
        UNDECIDED,
        f"`{name}` is no longer declared, which {held} of this database hold, and `{new}` is new",
        path=("drop", name),
        params={"name": name, "rows": change.held, "renames": [f"{name}={new}"]},
        hint=f"say --rename {quote(f'{name}={new}')} if it has another name now, "
        f"or --drop {quote(name)} if it is to go",
    )


def _says(change: MembersChange) -> str:
    gone = ", ".join(map(str, change.gone))
    return (
        f"have a `{change.column}` that is no longer one: {gone} "
        f"(one with another name now is said with renamed_members={{{change.gone[0]!r}: …}})"
    )


def _note(said: str, declared: sa.MetaData) -> bool:
    """Whether it speaks of a member, which is then kept with the column; raises Invalid for one that is none."""
    before, renames, after = said.partition("=")
    found = _place(before, declared)
    if found is None:
        return False
    column, name = found
    known = members_of(column)
    assert known is not None
    kind = type(known.choices[0])
    try:
        old, new = (int(each) if kind is int else each for each in (name, after or "0"))
    except ValueError:
        raise _wrong(said, f"`{column.table.name}.{column.name}` has whole numbers") from None
    if old in known.choices:
        raise _wrong(said, f"`{old}` is a member still")
    if renames and new not in known.choices:
        raise _wrong(said, f"`{new}` is none of the members: {', '.join(map(str, known.choices))}")
    column.info[MEMBERS] = _told(known, old, new if renames else None)
    return True


def _told(known: Members, old: Member, new: Member | None) -> Members:
    if new is None:
        return replace(known, dropped=known.dropped | {old})
    said = known.said if known.within is not None else known.said | {old}
    return replace(known, renamed={**known.renamed, old: new}, said=said)


def _place(name: str, declared: sa.MetaData) -> tuple[sa.Column[object], str] | None:
    """The column that a name of three parts or more begins with, and the member that it ends in."""
    parts, names = name.split("."), TableNames.of(declared, declared.tables)
    for length in range(len(parts) - 2, 0, -1):
        table = names.one(".".join(parts[:length]), declared.tables)
        column = None if table is None else declared.tables[table].c.get(parts[length])
        if column is not None and members_of(column) is not None:
            return column, ".".join(parts[length + 1 :])
    return None


def _wrong(said: str, says: str) -> Invalid:
    hint = "write --rename Item.kind.old=new, or --drop Item.kind.old"
    return Invalid(f"{said}: {says}", code="unknown_rename", path=("rename",), hint=hint)
