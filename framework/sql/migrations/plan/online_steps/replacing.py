"""Rules that take the place of others in an online step: the old ones go once the new ones hold.

In between others write. Where one rule has to have the other's name, it is made under a name of its own until then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeGuard

from alembic.operations import ops

from framework.naming import constraint_name
from framework.sql.migrations.operations.batches import FillInBatchesOp
from framework.sql.migrations.operations.members import MembersOp
from framework.sql.migrations.operations.probes import RefuseRowsOp
from framework.sql.migrations.operations.renames import Rename, RenameOp, Thing, table_key
from framework.sql.migrations.operations.validating import UniqueByIndexOp
from framework.sql.migrations.plan.split.rules import GONE, allowing_both, columns_of, is_strict, name_of

Step = ops.MigrateOperation
Gone = ops.DropConstraintOp | ops.DropIndexOp
Comes = ops.CreateUniqueConstraintOp | ops.CreateCheckConstraintOp | ops.CreateForeignKeyOp | ops.CreateIndexOp
CONCURRENTLY = {"postgresql_concurrently": True}
EARLIER = "change the rule in a step before the one that gives the values, or migrate when nobody writes"


class Family(Enum):
    """What rules are alike, so that one can take another's place."""

    INDEX = auto()
    CHECK = auto()
    LINK = auto()


class Way(Enum):
    """When a rule goes.

    Last, if nothing in between writes what it need not allow. Else before that is written: when what takes its place is
    made before it too (REPLACED), while a rule stands that allows what both do (BRIDGED), or with a while in which
    nothing is refused (UNHELD). AS_IT_STANDS is one whose place nothing takes.
    """

    AS_IT_STANDS = auto()
    LAST = auto()
    REPLACED = auto()
    BRIDGED = auto()
    UNHELD = auto()


@dataclass(frozen=True, slots=True)
class Leave:
    """A rule that goes, those that come to its table, and the first step between that writes what it is about."""

    gone: Gone
    way: Way
    come: Sequence[Comes] = ()
    write: Step | None = None

    @property
    def heir(self) -> Comes | None:
        """The one that has its name then."""
        return next((step for step in self.come if name_of(step) == name_of(self.gone)), None)

    @property
    def bridge(self) -> ops.CreateCheckConstraintOp:
        """The CHECK that allows what either does."""
        assert isinstance(self.gone, ops.DropConstraintOp)
        assert isinstance(self.heir, ops.CreateCheckConstraintOp)
        bridge = allowing_both(self.gone, self.heir)
        bridge.constraint_name = constraint_name("either", str(self.heir.constraint_name))
        return bridge

    @property
    def ends(self) -> Sequence[Step]:
        """How it goes when what takes its place holds."""
        return [self.gone] if self.heir is None else [self.gone, _takes_its_name(self.heir)]


def replaced(steps: Sequence[Step]) -> list[Step]:
    """The steps, each rule that goes after those that take its place; what else is dropped is so last of all.

    On the way back things get their names of before when all that is, as everything else is said by those of now.
    """
    ahead, renames = until_renames(steps)
    leaves = [leave for leave in _leaves(ahead) if leave.way not in (Way.AS_IT_STANDS, Way.UNHELD)]
    away = {id(leave.gone) for leave in leaves}
    apart = {id(leave.heir): _apart(leave.heir) for leave in leaves if leave.heir is not None}
    made, late = list[Step](), list[Step]()
    for step in ahead:
        for leave in (each for each in leaves if each.write is step):
            if leave.way is Way.BRIDGED:
                made += [leave.bridge, leave.gone]
                continue
            early = [part for part in _looked_at(leave.come, ahead) if id(part) not in away]
            made += [*(apart.get(id(part), part) for part in early), *leave.ends]
            away |= {*map(id, early)}
        if isinstance(step, ops.DropColumnOp | ops.DropTableOp):
            late.append(step)
        elif id(step) not in away:
            made.append(apart.get(id(step), step))
    return [*made, *_at_last(leaves), *late, *renames]


def until_renames(steps: Sequence[Step]) -> tuple[Sequence[Step], Sequence[Step]]:
    """The steps up to the renames that they end with, and these."""
    end = len(steps)
    while end and isinstance(steps[end - 1], RenameOp):
        end -= 1
    return steps[:end], steps[end:]


def unheld(steps: Sequence[Step]) -> Iterator[str]:
    """The rules in whose place nothing is refused for a while, in words."""
    for leave in _leaves(steps):
        if leave.way is Way.UNHELD:
            table, name = name_of(leave.gone)
            yield (
                f"`{name}` of `{table}` goes before values are written that it need not allow, and what takes its place"
                f" holds only afterwards: in between neither refuses anything; {EARLIER}"
            )


def as_index(step: ops.CreateUniqueConstraintOp, name: str) -> ops.CreateIndexOp:
    """The index of a unique rule, made beside those who write."""
    words = {**CONCURRENTLY, **{key: value for key, value in step.kw.items() if key.startswith("postgresql_")}}
    columns = [*step.columns]
    return ops.CreateIndexOp(
        name, step.table_name, columns, schema=step.schema, unique=True, if_not_exists=True, **words
    )


def by_index(step: ops.CreateUniqueConstraintOp, index: str | None = None) -> UniqueByIndexOp:
    """That the rule is the one of an index, of its own name or of another."""
    deferrable, initially = bool(step.kw.get("deferrable")), step.kw.get("initially")
    return UniqueByIndexOp(step.table_name, str(step.constraint_name), deferrable, initially, step.schema, index)


def _leaves(steps: Sequence[Step]) -> Sequence[Leave]:
    """How each rule goes that does."""
    return [_leave(step, steps) for step in steps if isinstance(step, GONE)]


def _leave(gone: Gone, steps: Sequence[Step]) -> Leave:
    table, start = name_of(gone)[0], steps.index(gone)
    come = [step for step in steps[start:] if _comes(step) and _takes_place(step, gone)]
    if not come:
        return Leave(gone, Way.AS_IT_STANDS)
    between = steps[start : steps.index(come[-1])]
    writes = [step for step in between if _written(step, table) in columns_of(gone)]
    if not writes or not is_strict(gone):
        return Leave(gone, Way.LAST, come)
    new = {*_added(steps[steps.index(writes[0]) :], table)}
    lacks = any(columns_of(step) & new for step in come)
    family, heir = _family(gone), next((step for step in come if name_of(step) == name_of(gone)), None)
    if family is Family.INDEX:
        way = Way.REPLACED if not lacks and all(map(_holds_before, come)) else Way.UNHELD
    elif heir is None:
        way = Way.AS_IT_STANDS
    else:
        once = _written_once(between, columns_of(gone) | columns_of(heir), table)
        way = Way.BRIDGED if family is Family.CHECK and once and not lacks else Way.UNHELD
    return Leave(gone, way, come, writes[0])


def _at_last(leaves: Sequence[Leave]) -> Iterator[Step]:
    """The ends of those that go when all else is done, as they went: a link before the unique rule it leads to."""
    for leave in leaves:
        if leave.way is Way.LAST:
            yield from leave.ends
        elif leave.way is Way.BRIDGED:
            assert leave.heir is not None
            yield ops.DropConstraintOp.from_constraint(leave.bridge.to_constraint())
            yield _takes_its_name(leave.heir)


def _looked_at(come: Sequence[Comes], steps: Sequence[Step]) -> Iterator[Step]:
    """Rules, each with the look that stands before it."""
    for step in come:
        before = steps[steps.index(step) - 1]
        yield from [before] if isinstance(before, RefuseRowsOp) else []
        yield step


def _comes(step: Step) -> TypeGuard[Comes]:
    return isinstance(step, Comes)


def _takes_place(step: Comes, gone: Gone) -> bool:
    """Whether it upholds something of the kind that the other does, in the same table."""
    family, table = _family(gone), name_of(gone)[0]
    alike = family is not None and (_family(step), name_of(step)[0]) == (family, table)
    return alike and (is_strict(step) or not is_strict(gone))


def _family(step: Gone | Comes) -> Family | None:
    match step:
        case ops.CreateCheckConstraintOp() | ops.DropConstraintOp(constraint_type="check"):
            return Family.CHECK
        case ops.CreateForeignKeyOp() | ops.DropConstraintOp(constraint_type="foreignkey"):
            return Family.LINK
        case ops.DropConstraintOp(constraint_type=kind) if kind != "unique":
            return None
        case _:
            return Family.INDEX


def _holds_before(step: Comes) -> bool:
    """Whether a unique rule that holds once values are written held before: absent ones are apart, alike stay alike."""
    words = step.kw
    parts = step.columns if isinstance(step, ops.CreateIndexOp | ops.CreateUniqueConstraintOp) else ()
    plain = all(isinstance(part, str) for part in parts)
    return plain and not (words.get("postgresql_where") is not None or words.get("postgresql_nulls_not_distinct"))


def _written_once(steps: Sequence[Step], columns: set[str], table: str) -> bool:
    """Whether one of them is written, and once: what is there between two need not be allowed by either rule."""
    return sum(_written(step, table) in columns for step in steps) == 1


def _added(steps: Sequence[Step], table: str) -> Iterator[str]:
    for step in steps:
        if isinstance(step, ops.AddColumnOp) and table_key(step.table_name, step.schema) == table:
            yield str(step.column.name)


def _written(step: Step, table: str) -> str | None:
    """The column of the table to which it gives other values."""
    match step:
        case FillInBatchesOp() if step.key == table:
            return step.column
        case MembersOp(change=change) if table_key(change.table, change.schema) == table and change.moved:
            return change.column
        case _:
            return None


def _own_name(step: Comes) -> str:
    return constraint_name("new", name_of(step)[1])


def _apart(step: Comes) -> Step:
    """The rule that comes, under a name of its own."""
    if isinstance(step, ops.CreateUniqueConstraintOp):
        return as_index(step, _own_name(step))
    named = copy(step)
    if isinstance(named, ops.CreateIndexOp):
        named.index_name = _own_name(step)
    else:
        named.constraint_name = _own_name(step)
    return named


def _takes_its_name(step: Comes) -> Step:
    """What gives it the name that it is declared by."""
    if isinstance(step, ops.CreateUniqueConstraintOp):
        return by_index(step, _own_name(step))
    thing = Thing.INDEX if isinstance(step, ops.CreateIndexOp) else Thing.CONSTRAINT
    (schema, _, table), name = name_of(step)[0].rpartition("."), name_of(step)[1]
    return RenameOp(Rename(thing, table, _own_name(step), name, schema or None))
