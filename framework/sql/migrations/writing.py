"""What is to be written of a revision: one step or two, online where a table is big, with what each says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from alembic.config import Config
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext

from framework.errors import Issue
from framework.sql.migrations.operations.batches import FillInBatchesOp
from framework.sql.migrations.operations.labels import AddLabelsOp
from framework.sql.migrations.operations.members import MembersOp
from framework.sql.migrations.operations.probes import RefuseRowsOp
from framework.sql.migrations.operations.renames import table_key
from framework.sql.migrations.operations.retyping import RetypeOp
from framework.sql.migrations.ownership import OWNED, Changes, changes
from framework.sql.migrations.plan.decided.consent import losses, refuse_losses, unfilled
from framework.sql.migrations.plan.decided.decisions import DROPPED, Decisions, StepMode
from framework.sql.migrations.plan.decided.table_names import TableNames
from framework.sql.migrations.plan.decided.unmet_marks import UnmetMarks
from framework.sql.migrations.plan.hindrances import hindrances
from framework.sql.migrations.plan.online_steps.locks import locks_of
from framework.sql.migrations.plan.online_steps.online import big_tables, online, online_back, partitioned
from framework.sql.migrations.plan.online_steps.replacing import unheld
from framework.sql.migrations.plan.records.casts import KEEPS
from framework.sql.migrations.plan.split.splitting import not_kept

# Where a run keeps what steps say of themselves, what was decided, the old names of columns that stay beside, and what
# each step comes after.
CHANGES, DECISIONS, KEPT, AFTER = "changes", "decisions", "kept", "after"


@dataclass(frozen=True, slots=True)
class Draft:
    """A step before it is written, and what it says of itself."""

    script: ops.MigrationScript
    says: Changes

    @property
    def steps(self) -> list[ops.MigrateOperation]:
        """What it does."""
        return self.script.upgrade_ops_list[0].ops


def drafts_of(
    script: ops.MigrationScript, second: ops.MigrationScript | None, irreversible: Mapping[str, str]
) -> Sequence[Draft]:
    """The step, or the expand and the contract, either of which may have nothing in it and is left out then.

    `irreversible` is why the one step is not taken back, or else what the contract tells of the expand.
    """
    if second is None:
        return [Draft(script, replace(changes(script.upgrade_ops_list[0].ops), irreversible=irreversible))]
    if script.upgrade_ops_list[0].is_empty():
        # What needs the first of the two needs this one then.
        second.rev_id, second.head, second.depends_on = script.rev_id, script.head, script.depends_on
    later = [
        f"once it is taken back, the expand before it is not while `{table}` holds records: {why}"
        for table, why in irreversible.items()
    ]
    marked = {"expands": (script, []), "contracts": (second, later)}
    return [
        Draft(each, replace(changes(each.upgrade_ops_list[0].ops), marks=[mark], notes=notes))
        for mark, (each, notes) in marked.items()
        if not each.upgrade_ops_list[0].is_empty()
    ]


def with_consent(context: MigrationContext, drafts: Sequence[Draft], questions: Sequence[Issue]) -> Sequence[Draft]:
    """The drafts, online where they have to be; raises Invalid where something is lost that nobody has allowed."""
    connection, decisions = context.connection, context.opts[DECISIONS]
    assert connection is not None
    kept = context.opts[KEPT]
    steps = [step for draft in drafts for step in not_kept(draft.steps, kept)]
    declared = context.opts["target_metadata"]
    marked = declared.info[DROPPED]
    owned = context.opts[OWNED]
    names, unmet = TableNames.of(declared, {*owned.tables, *declared.tables}), UnmetMarks.of(declared, owned)
    lost = losses(connection, steps)
    refuse_losses(lost, decisions, marked=marked, names=names, unmet=unmet, questions=questions)
    made = []
    for draft in drafts:
        lost = losses(connection, [*not_kept(draft.steps, kept)])
        marks, why = _made_online(connection, draft.script, decisions)
        notes = [*map(str, lost), *draft.says.notes, *unfilled(connection, draft.steps), *why, *_told(draft.steps)]
        says = replace(draft.says, notes=notes, marks=[*marks, *draft.says.marks])
        made.append(replace(draft, says=says))
    return made


def _told(steps: Sequence[ops.MigrateOperation]) -> Iterator[str]:
    for step in steps:
        match step:
            case AddLabelsOp():
                yield f"labels of `{step.enum}` are added first, and committed with all that the run has done before"
            case RefuseRowsOp(where=where) if KEEPS in where:
                yield f"records of `{step.key}` that {step.says} stop the step, so that it loses nothing"
            case RetypeOp(kind="JSONB"):
                yield f"`{step.key}.{step.column}` comes to be JSON: dspex check --data tells then what does not read"


def _given(steps: Sequence[ops.MigrateOperation]) -> Iterator[str]:
    """The columns to which the steps give other values."""
    for step in steps:
        match step:
            case RetypeOp() | FillInBatchesOp():
                yield f"{step.key}.{step.column}"
            case MembersOp(change=change):
                yield f"{table_key(change.table, change.schema)}.{change.column}"


def keep(config: Config, draft: Draft) -> None:
    """What the step says of itself, where its template finds it."""
    after = config.attributes.get(AFTER, {}).get(draft.script.rev_id, ())
    locks = [str(lock) for lock in locks_of(draft.steps)]
    says = replace(draft.says, locks=locks, after=after, given=[*_given(draft.steps)])
    config.attributes.setdefault(CHANGES, {})[draft.script.rev_id] = says


def _made_online(
    connection: sa.Connection, script: ops.MigrationScript, decisions: Decisions
) -> tuple[Sequence[str], Sequence[str]]:
    """Makes it an online step where that was asked for, or where a table is big; gives its mark, and why in words."""
    steps = script.upgrade_ops_list[0]
    hindered = [*partitioned(connection, steps.ops), *hindrances(steps.ops)]
    big = [
        f"`{table}` has more than {decisions.big} records" for table in big_tables(connection, steps.ops, decisions.big)
    ]
    asked = StepMode.ONLINE in decisions.modes
    if asked and hindered:
        raise hindered[0].refused("--online")
    if hindered:
        return [], [
            f"{each}, and the step is not online all the same: {hindered[0].says}; {hindered[0].hint}" for each in big
        ]
    if not (asked or big):
        return [], []
    why = ["the step is online, as asked for"] if asked else [f"{each}, so the step is online" for each in big]
    for way, direction, said in (("", steps, online), ("taken back: ", script.downgrade_ops, online_back)):
        if direction is not None:
            why += [f"{way}{gap}" for gap in unheld(direction.ops)]
            direction.ops[:] = [*said(direction.ops)]
    return ["online"], why
