"""A revision told apart by domain: each has a step of its own, in its own folder, after the steps that it needs.

What a domain needs is what its resources lead to. So a domain that leads nowhere else can always be run alone. Where
one takes away or changes what others may have led to, it comes after the steps that they have by then, if those are
known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops

from framework.errors import Invalid
from framework.sql.migrations.history import History
from framework.sql.migrations.operations.renames import Place, RenameOp, table_key
from framework.sql.migrations.ownership import OwnedObjects
from framework.sql.migrations.plan.domain_scripts import DomainSteps, Turn, Writing
from framework.sql.migrations.plan.ordering import in_order, link, links_apart

Step = ops.MigrateOperation
# In the information of a declared table: its domain, and the domains that its resource leads to.
DOMAIN, LEADS_TO = "domain", "leads_to"


@dataclass(frozen=True, slots=True)
class Domains:
    """Where the steps of each domain are kept; `only` is the one that a revision is for, where it is for one."""

    history: History
    only: str | None = None


@dataclass(frozen=True, slots=True)
class DomainRevisions:
    """The scripts of a revision, in order, and the domains whose changes are left for another one.

    `turns` has when each is, beside others of its own folder, and `after` the steps of others that it comes after.
    """

    scripts: Sequence[ops.MigrationScript]
    left: Sequence[str] = ()
    turns: Mapping[str, Turn] = field(default_factory=dict)
    after: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def place(self, script: ops.MigrationScript) -> tuple[str, Turn]:
        """By which a script is found again in the same revision, told apart another time."""
        return str(script.version_path), self.turns[str(script.rev_id)]


def apart(script: ops.MigrationScript, domains: Domains, owned: OwnedObjects, declared: sa.MetaData) -> DomainRevisions:
    """The script as one for each folder that has changes, or for the one folder that was asked for.

    Raises Invalid where that one needs what another's changes bring, or a domain does not say where its steps are kept.
    """
    assert script.upgrade_ops is not None
    parts = _parts(in_order(script.upgrade_ops.ops), domains.history, owned, declared)
    left: list[DomainSteps] = []
    if domains.only is not None:
        wanted = domains.history.folder_of(domains.only)
        left = [part for part in parts if part.folder != wanted]
        parts = [part for part in parts if part.folder == wanted]
        _refuse_needed(parts, left, domains.history)
    _let_go_first(parts)
    _put_off(parts)
    told = [*Writing(script, domains.history).scripts(parts)]
    return DomainRevisions(
        [each.script for each in told],
        [domains.history.domain_of(part.folder) for part in left],
        {str(each.script.rev_id): each.turn for each in told},
        {str(each.script.rev_id): each.after for each in told},
    )


def _parts(steps: Sequence[Step], history: History, owned: OwnedObjects, declared: sa.MetaData) -> list[DomainSteps]:
    """The steps by folder, those first that others need; where they need each other, as the domains are listed."""
    parts: dict[Path, DomainSteps] = {}
    finals = [step.rename.ends for step in steps if isinstance(step, RenameOp) and step.rename.ends is not None]
    for step in steps:
        folder = _folder(table_about(step, finals), history, owned, declared)
        parts.setdefault(folder, DomainSteps(folder)).steps.append(step)
    for table in declared.tables.values():
        known = table.info[DOMAIN] in history.folders
        part = parts.get(_folder(table.key, history, owned, declared)) if known else None
        if part is not None:
            led = {history.folders[name] for name in table.info[LEADS_TO] if name in history.folders}
            part.needs |= led - {part.folder}
    listed = [parts[line] for line in history.lines if line in parts]
    try:
        needs = {part.folder: sorted(part.needs & parts.keys()) for part in listed}
        return [parts[folder] for folder in TopologicalSorter(needs).static_order()]
    except CycleError:
        return listed


def _folder(key: str, history: History, owned: OwnedObjects, declared: sa.MetaData) -> Path:
    """That of the steps which have made the table, or else of the domain that declares it."""
    made = owned.folders.get(key)
    if made is not None and made in history.lines:
        return made
    return history.folder_of(declared.tables[key].info[DOMAIN])


def table_about(step: Any, renames: Sequence[tuple[Place, Place]] = ()) -> str:
    """The table that a step is about, by the key that it has after all of them."""
    linked = isinstance(step, ops.CreateForeignKeyOp)
    place = (step.kw.get("source_schema"), step.source_table) if linked else (step.schema, str(step.table_name))
    for old, new in renames:
        place = new if place == old else place
    return table_key(place[1], place[0])


def _let_go_first(parts: Sequence[DomainSteps]) -> None:
    """Takes out the end of what leads to a key of another part that gets another type: it is let go of before that."""
    for part in parts:
        keys = {key for other in parts if other is not part for key in _retyped(other.steps)}
        ends = [step for step in part.steps if isinstance(step, ops.DropConstraintOp) and keys & {*_let_go(step)}]
        part.steps = [step for step in part.steps if step not in ends]
        gone = [step for step in part.steps if isinstance(step, ops.DropTableOp) and keys & {*_let_go(step)}]
        part.early = [*ends, *links_apart(gone, {table for table, _ in keys})]


def _put_off(parts: Sequence[DomainSteps]) -> None:
    """Takes out what has to wait for another part, and is a step of its own after that.

    A link to a table that a later part makes, or whose key it gives another type; and the end of a table that another
    part lets go of only now.
    """
    for place, part in enumerate(parts):
        after = [step for other in parts[place + 1 :] for step in other.steps]
        later = _made(after) | {table for table, _ in _retyped(after)}
        others = [step for other in parts if other is not part for step in (*other.early, *other.steps)]
        let_go = {table for step in others if not isinstance(step, ops.DropTableOp) for table, _ in _let_go(step)}
        for step in [*part.steps]:
            if isinstance(step, ops.CreateTableOp):
                out = [each for each in step.columns if _target(each) in later]
                step.columns = [each for each in step.columns if _target(each) not in later]
                part.late.extend(link(key) for key in out if isinstance(key, sa.ForeignKeyConstraint))
            linked = isinstance(step, ops.CreateForeignKeyOp) and _led_to(step) in later
            if linked or (isinstance(step, ops.DropTableOp) and table_key(step.table_name, step.schema) in let_go):
                part.steps.remove(step)
                part.late.append(step)


def _retyped(steps: Sequence[Step]) -> set[tuple[str, str]]:
    """The columns that get another type, each with its table."""
    changed = [step for step in steps if isinstance(step, ops.AlterColumnOp) and step.modify_type is not None]
    return {(table_key(step.table_name, step.schema), step.column_name) for step in changed}


def _let_go(step: Step) -> Iterator[tuple[str, str]]:
    """The keys that a link led to which is dropped, alone or with its table."""
    match step:
        case ops.DropConstraintOp(_reverse=ops.CreateForeignKeyOp() as before):
            yield from ((_led_to(before), name) for name in before.remote_cols)
        case ops.DropTableOp(_reverse=ops.CreateTableOp() as before):
            links = [part for part in before.columns if isinstance(part, sa.ForeignKeyConstraint)]
            for end in (end for key in links for end in key.elements):
                table, _, name = end.target_fullname.rpartition(".")
                yield table, name


def _made(steps: Sequence[Step]) -> set[str]:
    """The tables that steps make, or give another name."""
    made = {table_key(step.table_name, step.schema) for step in steps if isinstance(step, ops.CreateTableOp)}
    ends = [step.rename.ends for step in steps if isinstance(step, RenameOp)]
    return made | {table_key(end[1][1], end[1][0]) for end in ends if end is not None}


def _led_to(step: ops.CreateForeignKeyOp) -> str:
    return table_key(step.referent_table, step.kw.get("referent_schema"))


def _target(part: object) -> str | None:
    """The table that a link in the making of a table leads to."""
    return part.elements[0].target_fullname.rpartition(".")[0] if isinstance(part, sa.ForeignKeyConstraint) else None


def _refuse_needed(parts: Sequence[DomainSteps], left: Sequence[DomainSteps], history: History) -> None:
    steps = [step for part in parts for step in part.steps]
    inner = {_target(each) for step in steps if isinstance(step, ops.CreateTableOp) for each in step.columns}
    led = {_led_to(step) for step in steps if isinstance(step, ops.CreateForeignKeyOp)} | inner
    let_go = {key for step in steps for key in _let_go(step)}
    for other in left:
        name = history.domain_of(other.folder).partition("+")[0]
        ends = {key for step in other.steps for key in _let_go(step)}
        if keys := sorted((_retyped(steps) & ends) | (_retyped(other.steps) & let_go)):
            key = ".".join(keys[0])
            says = f"`{key}` gets another type, and so do links between these tables and those of `{name}`"
            raise _needed(says, name, [key], "write both together, without --domain")
        if needed := sorted(_made(other.steps) & {name for name in led if name}):
            says = f"the changes lead to `{needed[0]}`, which changes of `{name}` bring that are not written yet"
            raise _needed(says, name, needed, f"write those first, --domain {name}, or both together, without --domain")


def _needed(says: str, domain: str, tables: Sequence[str], hint: str) -> Invalid:
    told = {"domain": domain, "tables": [*tables]}
    return Invalid(says, code="needed_domain", path=("domain",), params=told, hint=hint)
