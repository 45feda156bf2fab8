"""What Alembic is told, so that a new revision holds all that changed and nothing else.

Compared besides what Alembic compares: primary keys, CHECKs, when a unique rule is looked at, and all of an index (its
condition, its directions), what generated columns are worked out by, and exclusions; comments where a domain says them,
which are else left to whoever runs the database. A revision without changes is not written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.base import ischema_names

from framework.errors import Invalid
from framework.sql.clauses.columns import Embedding
from framework.sql.clauses.storage import Blank
from framework.sql.definitions.partitions import PARTITION_BY
from framework.sql.definitions.server_extensions import refuse_lacking
from framework.sql.migrations.compare.comments import PLUGIN as COMMENTS
from framework.sql.migrations.compare.created import PLUGIN as CREATED
from framework.sql.migrations.compare.definitions import Definitions, standing
from framework.sql.migrations.compare.exclusions import exclusion_changes
from framework.sql.migrations.compare.foreign_names import FOREIGN_NAMES, foreign_names
from framework.sql.migrations.compare.generated import PLUGIN as GENERATED
from framework.sql.migrations.compare.generated import add_generated_changes
from framework.sql.migrations.compare.indexes import with_their_parts
from framework.sql.migrations.compare.keys import as_they_stand, key_changes, links_made_anew, uniques
from framework.sql.migrations.compare.labels import lacking
from framework.sql.migrations.compare.members import Standing, add_member_changes
from framework.sql.migrations.compare.renaming import (
    ADOPTED,
    FOREIGN,
    RENAMES,
    STANDS,
    UNCHANGED,
    WOULD_HAVE,
    possible,
    refuse_foreign,
)
from framework.sql.migrations.compare.renaming import PLUGIN as RENAMING
from framework.sql.migrations.compare.tenant_walls import PLUGIN as TENANT_WALLS
from framework.sql.migrations.compare.types import types_differ
from framework.sql.migrations.irreversible import reasons_of
from framework.sql.migrations.operations.partitions import PartitioningOp, refuse_partitioning
from framework.sql.migrations.operations.renames import declared_renames, escaped, standing_places
from framework.sql.migrations.ownership import OWNED, OwnedObjects, filters, leave_out_foreign
from framework.sql.migrations.plan.adopting import (
    FRESH,
    PRISTINE,
    adopted_tables,
    adopting,
    apart_as_adopted,
    copied,
    refuse_manners,
)
from framework.sql.migrations.plan.decided.decisions import Decisions, StepMode, renames_of, said_tables
from framework.sql.migrations.plan.decided.members import note_said, undecided_members
from framework.sql.migrations.plan.decided.swaps import SwapsNoticed, said_swaps, said_table_swaps, swap_questions
from framework.sql.migrations.plan.decided.table_names import TableNames
from framework.sql.migrations.plan.domains import Domains, apart
from framework.sql.migrations.plan.ordering import single
from framework.sql.migrations.plan.revising import revise, revise_split
from framework.sql.migrations.plan.split.splitting import keep_beside, not_kept
from framework.sql.migrations.plan.split.steps import Column
from framework.sql.migrations.writing import AFTER, DECISIONS, KEPT, Draft, drafts_of, keep, with_consent

Step = ops.MigrateOperation
Checks = Mapping[str, str]
PLUGIN = "dspex.definitions"
SWAPS, DOMAINS, LEFT = "swaps", "domains", "left"
PLUGINS = ["alembic.autogenerate.*", "~alembic.autogenerate.comments", RENAMING, PLUGIN, GENERATED, COMMENTS, CREATED]
PLUGINS += [TENANT_WALLS]
# One expression, so that a revision needs no class of ours: a type that names itself.
NAMED = 'type({1!r}, (sa.types.UserDefinedType,), {{"cache_ok": True, "get_col_spec": lambda self, **_: {0!r}}})()'


def options(  # noqa: PLR0917 - what `env.py` knows
    connection: sa.Connection, owned: OwnedObjects, declared: sa.MetaData, decisions: Decisions, domains: Domains | None
) -> dict[str, Any]:
    """The arguments of `context.configure` that make it so; where no domains are told apart there is one script."""
    refuse_lacking(connection, declared.tables.values())
    decisions = note_said(refuse_manners(decisions), declared)
    swapped, decisions = said_table_swaps(decisions, owned, declared)
    tables, decisions = said_tables(decisions, owned.renamed(swapped), declared)
    # What is declared of a table's parts is of that table, whichever of the two says what it was called.
    renames = [*swapped, *tables]
    there = owned.renamed(renames)
    renames += possible(connection, declared_renames(declared, there.tables), standing_places(renames))
    swaps, decisions = said_swaps(decisions, owned.renamed(renames), declared)
    decided = [*swaps, *renames_of(decisions, owned.renamed(renames), declared)]
    kept: Mapping[Column, str] = {}
    if StepMode.SPLIT in decisions.modes:
        kept, renames, decided = keep_beside([*renames, *decided], declared), [], []
    owned, unchanged = owned.renamed([*renames, *decided]), set[str]()
    return {
        KEPT: kept,
        UNCHANGED: unchanged,
        **filters(owned, declared, unchanged),
        OWNED: owned,
        DECISIONS: decisions,
        DOMAINS: domains,
        RENAMES: (*renames, *decided),
        SWAPS: SwapsNoticed(),
        "include_schemas": any("." in key for key in (*owned.tables, *declared.tables)),
        FOREIGN: [],
        FOREIGN_NAMES: [*foreign_names(connection, declared, owned, standing_places([*renames, *decided]))],
        ADOPTED: adopted_tables(connection, decisions, owned, declared),
        PRISTINE: copied(declared) if decisions.adopts else declared,
        FRESH: {},
        "compare_type": types_differ,
        "compare_server_default": True,
        "render_item": render_item,
        "process_revision_directives": tidy,
        "autogenerate_plugins": PLUGINS,
    }


def render_item(kind: str, item: Any, context: AutogenContext) -> str | bool:
    """A type of ours as one that a revision can say by itself, an enum as one that stands; all else as Alembic does."""
    if kind == "type" and isinstance(item, postgresql.ENUM):
        context.imports.add("from sqlalchemy.dialects import postgresql")
        schema = "" if item.schema is None else f", schema={item.schema!r}"
        labels = ", ".join(map(repr, item.enums))
        return f"postgresql.ENUM({labels}, name={item.name!r}{schema}, create_type=False)"
    if kind == "type" and isinstance(item, Embedding | Blank):
        spec = item.get_col_spec()
        return NAMED.format(spec, spec.partition("(")[0])
    return False


def tidy(context: MigrationContext, _: Any, directives: list[ops.MigrationScript]) -> None:
    """Leaves out a revision without changes, tells domains apart, and makes of the rest steps that PostgreSQL takes."""
    adopts = context.opts[ADOPTED]
    if _writes(context):
        if context.opts[FOREIGN_NAMES]:
            raise Invalid.of(context.opts[FOREIGN_NAMES])
        refuse_partitioning([step for script in directives for step in single(script.upgrade_ops_list[0].ops)])
        refuse_foreign([each for each in context.opts[FOREIGN] if each.table not in adopts])
        directives[:] = [script for script in directives if script.upgrade_ops and (adopts or script.upgrade_ops.ops)]
    for there in filter(None, (script.upgrade_ops for script in directives)):
        leave_out_foreign(there.ops, context.opts[OWNED])
    if (domains := context.opts[DOMAINS]) is not None and _writes(context):
        _tell_apart(context, domains, directives)
    questions = [*undecided_members([step for script in directives for step in single(script.upgrade_ops_list[0].ops)])]
    declared = context.opts["target_metadata"]
    names = TableNames.of(declared, {*context.opts[OWNED].tables, *declared.tables})
    questions += swap_questions(context.opts[SWAPS].all, context.opts[DECISIONS], names)
    told = [script for script in directives if adopts or not script.upgrade_ops_list[0].is_empty()]
    drafts = [*_drafted(context, told)]
    if _writes(context) and context.connection is not None and drafts:
        directives[:] = [draft.script for draft in drafts]
        drafts = [*with_consent(context, drafts, questions)]
    if context.config is not None:
        for draft in drafts:
            keep(context.config, adopting(context, draft))


def _drafted(context: MigrationContext, scripts: Sequence[ops.MigrationScript]) -> Iterator[Draft]:
    """Each script as one step or two; what follows a script that is two follows the second."""
    declared, contracts = context.opts["target_metadata"], dict[str, str]()
    for script in scripts:
        steps = script.upgrade_ops_list[0]
        irreversible, second = reasons_of([*single(steps.ops)]), None
        script.head = contracts.get(str(script.head), script.head)
        if StepMode.SPLIT in context.opts[DECISIONS].modes:
            # What is dropped comes back as what is not required, so that it is the expand which is not taken back then.
            irreversible = reasons_of([*not_kept([*single(steps.ops)], context.opts[KEPT])])
            second = revise_split(script, steps, declared, context.opts[KEPT])
        else:
            revise(script, steps, declared)
        made = drafts_of(script, second, irreversible)
        if len(made) > 1:
            contracts[str(script.rev_id)] = str(made[-1].script.rev_id)
        yield from made


def _tell_apart(context: MigrationContext, domains: Domains, directives: list[ops.MigrationScript]) -> None:
    owned, declared = context.opts[OWNED], context.opts["target_metadata"]
    adopts = bool(context.opts[ADOPTED])
    told = [
        apart_as_adopted(context, script, domains) if adopts else apart(script, domains, owned, declared)
        for script in directives
    ]
    directives[:] = [script for each in told for script in each.scripts]
    if context.config is not None:
        context.config.attributes[LEFT] = [name for each in told for name in each.left]
        context.config.attributes[AFTER] = {name: after for each in told for name, after in each.after.items()}


def _writes(context: MigrationContext) -> bool:
    """Whether a revision is to be written: the command `alembic check` only looks, and wants the empty one."""
    environment = context.environment_context
    options = None if environment is None or environment.config is None else environment.config.cmd_opts
    return options is None or hasattr(options, "autogenerate")


def compare_definitions(
    context: AutogenContext,
    steps: ops.ModifyTableOps,
    _: str | None,
    __: str,
    found: sa.Table | None,
    wanted: sa.Table | None,
) -> PriorityDispatchResult:
    """Adds what differs in the definitions of a table that stands, after Alembic has compared what it looks at."""
    if found is None or context.connection is None:
        return PriorityDispatchResult.CONTINUE
    theirs: Definitions
    theirs = standing(context.connection, found) if wanted is None else context.opts[STANDS][wanted.key]
    as_they_stand(found, steps.ops, theirs.keys)
    owned: OwnedObjects = context.opts[OWNED]
    if wanted is not None:
        ours = context.opts[WOULD_HAVE][wanted.key]
        steps.ops.extend(lacking(context.connection, wanted))
        # What bears a declared name is compared, whoever made it.
        looked_at = {name for name in theirs.checks if name in ours.checks or owned.has(found.key, name)}
        context.opts[SWAPS].look((found, wanted), (theirs, ours), owned)
        mine = {name: text for name, text in theirs.checks.items() if owned.has(found.key, name)}
        add_member_changes(steps, Standing(context.connection, wanted, mine, owned))
        steps.ops.extend(_checks(found, wanted, ours.checks, {name: theirs.checks[name] for name in looked_at}))
        steps.ops.extend([*_partitioning(wanted, ours, theirs)] or key_changes(found, wanted))
        steps.ops.extend(_keys(found, wanted, ours.keys, theirs.keys))
        steps.ops.extend([*links_made_anew(found, wanted, steps.ops)])
        add_generated_changes(steps, (found, wanted), theirs, ours)
        spoken_for = {getattr(step, "index_name", None) for step in steps.ops}
        # Indexes that differ in what Alembic does not look at; those it saw itself are left to it.
        differing = {index for index, text in ours.indexes.items() if theirs.indexes.get(index, text) != text}
        steps.ops.extend(_indexes(found, wanted, sorted(differing - spoken_for)))
        steps.ops.extend(exclusion_changes(steps.ops, wanted, (theirs.exclusions, ours.exclusions), owned))
    else:
        # Alembic reads it of no table, and makes it anew on the way back.
        if theirs.partition:
            found.kwargs[PARTITION_BY] = theirs.partition[""]
        steps.ops.extend(exclusion_changes(steps.ops, found, (theirs.exclusions, {}), owned))
    with_their_parts(steps.ops, theirs.indexes)
    return PriorityDispatchResult.CONTINUE


def _partitioning(wanted: sa.Table, ours: Definitions, theirs: Definitions) -> Iterator[Step]:
    """That it is partitioned by something else."""
    stands, declared = (each.partition.get("", "") for each in (theirs, ours))
    if stands != declared:
        yield PartitioningOp(wanted.name, stands, declared, wanted.schema)


def _keys(found: sa.Table, wanted: sa.Table, ours: Checks, theirs: Checks) -> Iterator[Step]:
    """Unique rules that say something else under the same name."""
    there, said = ({str(each.name): each for each in uniques(table)} for table in (found, wanted))
    for name in sorted(there.keys() & said.keys()):
        if ours.get(name) != theirs.get(name):
            yield ops.DropConstraintOp.from_constraint(there[name])
            yield ops.AddConstraintOp.from_constraint(said[name])


def _checks(found: sa.Table, wanted: sa.Table, ours: Checks, theirs: Checks) -> Iterator[Step]:
    said = {str(check.name): check for check in wanted.constraints if isinstance(check, sa.CheckConstraint)}
    for name in sorted({*ours, *theirs}):
        if ours.get(name) == theirs.get(name):
            continue
        if name in theirs:
            gone = sa.CheckConstraint(sa.text(escaped(theirs[name])), name=name, table=found)
            yield ops.DropConstraintOp.from_constraint(gone)
        if name in ours:
            yield ops.AddConstraintOp.from_constraint(said[name])


def _indexes(found: sa.Table, wanted: sa.Table, differing: Iterable[str]) -> Iterator[Step]:
    there, said = ({str(index.name): index for index in table.indexes} for table in (found, wanted))
    for name in differing:
        if name in there and name in said:
            yield ops.DropIndexOp.from_index(there[name])
            yield ops.CreateIndexOp.from_index(said[name])


ischema_names["vector"] = Embedding
ischema_names["bpchar"] = Blank
Plugin(PLUGIN).add_autogenerate_comparator(compare_definitions, "table", "definitions", priority=DispatchPriority.LAST)
