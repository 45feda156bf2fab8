"""A revision told apart by domain: each has a step of its own, in its own folder, after the steps that it needs.

What a domain needs is what its resources lead to. So a domain that leads nowhere else can always be run alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops
from alembic.util import rev_id

from framework.errors import Invalid
from framework.sql.migrations.history import History
from framework.sql.migrations.operations.renames import Place, RenameOp, table_key
from framework.sql.migrations.ownership import OwnedObjects
from framework.sql.migrations.plan.ordering import in_order, link

Step = ops.MigrateOperation
# In the information of a declared table: its domain, and the domains that its resource leads to.
DOMAIN, LEADS_TO = "domain", "leads_to"


@dataclass(frozen=True, slots=True)
class Domains:
    """Where the steps of each domain are kept; `only` is the one that a revision is for, where it is for one."""

    history: History
    only: str | None = None


@dataclass(slots=True)
class DomainSteps:
    """The steps of one folder, those that have to wait for another's, and the folders it needs."""

    folder: Path
    steps: list[Step] = field(default_factory=list)
    late: list[Step] = field(default_factory=list)
    needs: set[Path] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class DomainRevisions:
    """The scripts of a revision, in order, and the domains whose changes are left for another one.

    `late` are those that wait for another folder's, beside the first of their own.
    """

    scripts: Sequence[ops.MigrationScript]
    left: Sequence[str] = ()
    late: frozenset[str] = frozenset()

    def place(self, script: ops.MigrationScript) -> tuple[str, bool]:
        """By which a script is found again in the same revision, told apart another time."""
        return str(script.version_path), script.rev_id in self.late


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
    _put_off(parts)
    scripts = [*_scripts(script, parts, domains.history)]
    late = frozenset(str(each.rev_id) for each in scripts[sum(bool(part.steps) for part in parts) :])
    return DomainRevisions(scripts, [domains.history.domain_of(part.folder) for part in left], late)


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


def _put_off(parts: Sequence[DomainSteps]) -> None:
    """Takes out what has to wait for another part, and is a step of its own after that.

    A link to a table that a later part makes; and the end of a table that another part lets go of only now.
    """
    for place, part in enumerate(parts):
        later = _made([step for other in parts[place + 1 :] for step in other.steps])
        let_go = {_let_go(step) for other in parts if other is not part for step in other.steps}
        for step in [*part.steps]:
            if isinstance(step, ops.CreateTableOp):
                out = [each for each in step.columns if _target(each) in later]
                step.columns = [each for each in step.columns if _target(each) not in later]
                part.late.extend(link(key) for key in out if isinstance(key, sa.ForeignKeyConstraint))
            linked = isinstance(step, ops.CreateForeignKeyOp) and _led_to(step) in later
            if linked or (isinstance(step, ops.DropTableOp) and table_key(step.table_name, step.schema) in let_go):
                part.steps.remove(step)
                part.late.append(step)


def _let_go(step: Step) -> str | None:
    """The table that a link led to which is dropped."""
    before = step._reverse if isinstance(step, ops.DropConstraintOp) else None  # noqa: SLF001 - what Alembic has read
    return _led_to(before) if isinstance(before, ops.CreateForeignKeyOp) else None


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
    for other in left:
        made = _made(other.steps)
        steps = [step for part in parts for step in part.steps]
        inner = {_target(each) for step in steps if isinstance(step, ops.CreateTableOp) for each in step.columns}
        led = {_led_to(step) for step in steps if isinstance(step, ops.CreateForeignKeyOp)} | inner
        if needed := sorted(made & {name for name in led if name}):
            name = history.domain_of(other.folder).partition("+")[0]
            raise Invalid(
                f"the changes lead to `{needed[0]}`, which changes of `{name}` bring that are not written yet",
                code="needed_domain",
                path=("domain",),
                params={"domain": name, "tables": needed},
                hint=f"write those first, --domain {name}, or both together, without --domain",
            )


def _scripts(
    script: ops.MigrationScript, parts: Sequence[DomainSteps], history: History
) -> Iterator[ops.MigrationScript]:
    last: dict[Path, str] = {}
    for part in parts:
        if not part.steps:
            continue
        needs = [[last[need]] if need in last else history.heads(need) for need in sorted(part.needs)]
        head = next(iter(history.heads(part.folder)), None)
        known = set() if head is None else history.before([head])
        made = _script(script, part, head, [name for names in needs for name in names if name not in known])
        last[part.folder] = str(made.rev_id)
        yield made
    for part in parts:
        if part.late:
            waits = any(isinstance(step, ops.CreateForeignKeyOp) for step in part.late)
            needed = sorted(last[need] for need in part.needs if need in last) if waits else []
            head = last.get(part.folder) or next(iter(history.heads(part.folder)), None)
            yield _script(script, replace(part, steps=part.late), head, needed)


def _script(
    script: ops.MigrationScript, part: DomainSteps, head: str | None, needs: Sequence[str]
) -> ops.MigrationScript:
    return ops.MigrationScript(
        rev_id(),
        ops.UpgradeOps(part.steps),
        ops.DowngradeOps([]),
        message=script.message,
        imports={*script.imports},
        head=head or "base",
        splice=script.splice,
        version_path=part.folder,
        depends_on=[*needs] or None,
    )
