"""Which tables that stand already a step takes over, and how it makes them where they do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext

from framework.errors import Invalid
from framework.sql.migrations.compare.differences import named_differences
from framework.sql.migrations.compare.renaming import ADOPTED, HIDDEN
from framework.sql.migrations.operations.adoption import AdoptOp
from framework.sql.migrations.ownership import OWNED, OwnedObjects, changes
from framework.sql.migrations.plan.decided.decisions import Decisions
from framework.sql.migrations.plan.decided.table_names import TableNames
from framework.sql.migrations.plan.domains import DomainRevisions, Domains, apart, table_about
from framework.sql.migrations.plan.ordering import single
from framework.sql.migrations.plan.revising import revised
from framework.sql.migrations.writing import Draft

# The declared tables before they are compared, and by revision the steps that make the adopted ones.
PRISTINE, FRESH = "pristine", "fresh"
ALL = "all"
# More records than any table has, and no more than PostgreSQL counts.
ENDLESS = 2**62


def adopted_tables(
    connection: sa.Connection, decisions: Decisions, owned: OwnedObjects, declared: sa.MetaData
) -> frozenset[str]:
    """Those that were said, by resource or table, or all of them; raises Invalid for one that cannot be."""
    found = sa.inspect(connection)
    there = {
        key
        for key, table in declared.tables.items()
        if decisions.adopts and key not in owned.tables and found.has_table(table.name, table.schema)
    }
    names = TableNames.of(declared, there)
    named = {said: names.one(said, there) for said in decisions.adopts if said != ALL}
    for said, table in named.items():
        if table is None:
            raise Invalid(
                f"--adopt {said}: no declared table of that name stands that is not ours already",
                code="unknown_adoption",
                path=("adopt",),
                hint=f"there are {', '.join(sorted(there))}" if there else "there is none to adopt",
            )
    return frozenset(there if ALL in decisions.adopts else {table for table in named.values() if table is not None})


def refuse_manners(decisions: Decisions) -> Decisions:
    """The decisions, by which a step that adopts is an everyday one; raises Invalid where it is to be another."""
    if not decisions.adopts:
        return decisions
    if decisions.modes:
        says = f"a step that adopts tables is not {' and '.join(sorted(decisions.modes))}: do that in one of its own"
        raise Invalid(says, code="contradiction", path=("adopt",))
    return replace(decisions, big=ENDLESS)


def copied(declared: sa.MetaData) -> sa.MetaData:
    """The declared tables, for a second comparison: the first one changes them."""
    copy = sa.MetaData()
    copy.info.update(declared.info)
    for table in declared.sorted_tables:
        find_by_name(table.to_metadata(copy))
    return copy


def find_by_name(table: sa.Table) -> None:
    """Has the columns found by their own names, as those that stand are; whoever declares calls them by attributes."""
    for column in table.c:
        if column.key != column.name:
            table.c._index[column.name] = (column.name, column)  # noqa: SLF001 - SQLAlchemy knows them by their keys alone


def apart_as_adopted(context: MigrationContext, script: ops.MigrationScript, domains: Domains) -> DomainRevisions:
    """The script as one that makes all tables is told apart, each part with what differs where the tables stand."""
    there = apart(script, domains, context.opts[OWNED], context.opts["target_metadata"])
    script.upgrade_ops = _without_adopted(context)
    fresh = apart(script, domains, context.opts[OWNED], context.opts[PRISTINE])
    differing = {there.place(each): each.upgrade_ops_list[0].ops for each in there.scripts}
    for each in fresh.scripts:
        steps = each.upgrade_ops_list[0]
        context.opts[FRESH][each.rev_id] = ops.UpgradeOps([*steps.ops])
        steps.ops[:] = differing.get(fresh.place(each), [])
    return fresh


def adopting(context: MigrationContext, draft: Draft) -> Draft:
    """The step, where it adopts: what differs where the tables stand, and all of it where they do not."""
    fresh: ops.UpgradeOps = context.opts[FRESH].get(draft.script.rev_id, ops.UpgradeOps([]))
    tables = context.opts[ADOPTED] & {table_about(step) for step in single(fresh.ops)}
    if not tables:
        return draft
    made = revised(fresh, context.opts[PRISTINE])
    new = {table_about(step) for step in made if isinstance(step, ops.CreateTableOp)}
    links = [step for step in made if isinstance(step, ops.CreateForeignKeyOp) and table_about(step) in tables - new]
    draft.steps[:] = [AdoptOp(sorted(tables), [*draft.steps], made, [str(link.constraint_name) for link in links])]
    return replace(draft, says=replace(draft.says, creates=changes(made).creates))


def _without_adopted(context: MigrationContext) -> ops.UpgradeOps:
    """The steps where none of the adopted tables stands."""
    adopted: frozenset[str] = context.opts[ADOPTED]
    include = context.opts["include_name"]

    def include_name(name: str | None, kind: str, parents: Mapping[str, str | None]) -> bool:
        hidden = kind == "table" and parents["schema_qualified_table_name"] in adopted
        return not hidden and bool(include(name, kind, parents))

    declared: sa.MetaData = context.opts[PRISTINE]
    options: dict[str, Any] = {
        **context.opts,
        "include_name": include_name,
        "target_metadata": declared,
        HIDDEN: adopted,
        ADOPTED: frozenset(),
    }
    assert context.connection is not None
    beside = MigrationContext.configure(connection=context.connection, opts=options)
    steps = produce_migrations(beside, declared).upgrade_ops
    assert steps is not None
    return steps


def differences_if_adopted(context: MigrationContext) -> Iterator[tuple[str, str]]:
    """What would be changed of the adopted tables, by its name and in words."""
    steps = produce_migrations(context, context.opts["target_metadata"]).upgrade_ops_list[0]
    return named_differences(steps, context.opts[ADOPTED])
