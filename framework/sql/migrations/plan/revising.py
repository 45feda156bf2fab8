"""A revision's steps, revised: in an order that works, and said so that a table with records in it takes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from alembic.operations import ops
from alembic.util import rev_id
from sqlalchemy.dialects import postgresql

from framework.sql.definitions.server_extensions import create_extension, extensions_by_part
from framework.sql.migrations.compare.labels import created_enum
from framework.sql.migrations.compare.verbatim import verbatim
from framework.sql.migrations.operations.labels import AddLabelsOp, together
from framework.sql.migrations.operations.members import carried_out
from framework.sql.migrations.operations.partitions import with_partitions
from framework.sql.migrations.operations.renames import RenameOp, Thing, block, escaped, literal, quoted
from framework.sql.migrations.ownership import changes
from framework.sql.migrations.plan.decided.members import words_of
from framework.sql.migrations.plan.ordering import in_order
from framework.sql.migrations.plan.records.casts import converted
from framework.sql.migrations.plan.records.filling import filled
from framework.sql.migrations.plan.records.probing import empty_columns, probed
from framework.sql.migrations.plan.rekeying import refuse_links_to_another_key
from framework.sql.migrations.plan.split.splitting import backwards, split
from framework.sql.migrations.plan.split.steps import Column

Step = ops.MigrateOperation


def revise(script: ops.MigrationScript, steps: ops.UpgradeOps, declared: sa.MetaData) -> None:
    """Puts the steps in an order that works; says casts, fills what is required, looks for what is in the way."""
    labels, there = _in_order(steps)
    back = [*verbatim([step.reverse() for step in reversed(there)])]
    steps.ops[:] = [*_made_first(there, declared), *labels, *_looked_at(there, declared)]
    if script.downgrade_ops is not None:
        script.downgrade_ops.ops[:] = _looked_at(back, sa.MetaData())


def revised(steps: ops.UpgradeOps, declared: sa.MetaData) -> list[Step]:
    """The steps of one way, as `revise` puts them."""
    labels, there = _in_order(steps)
    return [*_made_first(there, declared), *labels, *_looked_at(there, declared)]


def revise_split(
    script: ops.MigrationScript, steps: ops.UpgradeOps, declared: sa.MetaData, kept: Mapping[Column, str]
) -> ops.MigrationScript:
    """Leaves the expand in the revision, and gives the contract, which follows it."""
    labels, there = _in_order(steps)
    expand, contract = split([*filled([*converted(there, declared)], declared)], kept)
    back = [[*verbatim(backwards(each, kept))] for each in (expand, contract)]
    empty, words = empty_columns(there), words_of(there)
    ways = [carried_out([*probed(each, empty, words)]) for each in (expand, contract)]
    steps.ops[:] = [*_made_first(there, declared), *labels, *ways[0]]
    script.downgrade_ops = ops.DowngradeOps([*_looked_at(back[0], sa.MetaData())])
    message = None if script.message is None else f"{script.message}, contract"
    second = ops.MigrationScript(
        rev_id(),
        ops.UpgradeOps([*ways[1]]),
        ops.DowngradeOps([*_looked_at(back[1], sa.MetaData())]),
        message=message,
        imports=set(script.imports),
        head=script.rev_id,
        version_path=script.version_path,
    )
    second._needs_render = True  # noqa: SLF001 - as Alembic marks those that it compared
    return second


def _in_order(steps: ops.UpgradeOps) -> tuple[Sequence[AddLabelsOp], list[Step]]:
    """The labels that come before all else, and the other steps."""
    there = [*with_partitions(in_order(steps.ops))]
    refuse_links_to_another_key(there)
    for step in there:
        if isinstance(step, ops.CreateTableOp):
            # What is noted there is for us, not for the step.
            step.info = {}
    labels = [step for step in there if isinstance(step, AddLabelsOp)]
    return together(labels), [step for step in there if not isinstance(step, AddLabelsOp)]


def _made_first(steps: Sequence[Step], declared: sa.MetaData) -> Iterator[Step]:
    """The extensions and schemas that they need."""
    for name in sorted({*_needed(steps, declared)}):
        yield ops.ExecuteSQLOp(create_extension(name))
    for name in _schemas(steps):
        yield ops.ExecuteSQLOp(escaped(created_schema(name)))
    for text in dict.fromkeys(map(created_enum, _enums(steps))):
        yield ops.ExecuteSQLOp(escaped(text))


def _enums(steps: Sequence[Step]) -> Iterator[postgresql.ENUM]:
    """Those of the database that columns made here are of."""
    for step in steps:
        match step:
            case ops.CreateTableOp():
                kinds = [part.type for part in step.columns if isinstance(part, sa.Column)]
            case ops.AddColumnOp():
                kinds = [step.column.type]
            case ops.AlterColumnOp():
                kinds = [step.modify_type] if isinstance(step.modify_type, sa.types.TypeEngine) else []
            case _:
                continue
        yield from (kind for kind in kinds if isinstance(kind, postgresql.ENUM))


def _looked_at(steps: Sequence[Step], declared: sa.MetaData) -> Iterator[Step]:
    """The steps of one way, with conversions, values and looks."""
    empty, words = empty_columns(steps), words_of(steps)
    return carried_out([*probed(filled([*converted(steps, declared)], declared), empty, words)])


def _schemas(steps: Sequence[Step]) -> list[str]:
    """Those that a table is made in or comes into."""
    made = {step.schema for step in steps if isinstance(step, ops.CreateTableOp)}
    moves = [step.rename for step in steps if isinstance(step, RenameOp) and step.rename.thing is Thing.SCHEMA]
    return sorted(name for name in {*made, *(move.new for move in moves)} if name)


def created_schema(name: str) -> str:
    """The statement that makes a schema which is not there; who may not make any can use one that is."""
    there = f"to_regnamespace({literal(quoted(name))}) IS NULL"
    return block(f"IF {there} THEN CREATE SCHEMA {quoted(name)}; END IF;")


def _needed(steps: Sequence[Step], declared: sa.MetaData) -> Iterator[str]:
    """The extensions that the steps need, by the declared tables that they make something of."""
    for table, names in changes(steps).creates.items():
        if table in declared.tables:
            needs = extensions_by_part(declared.tables[table])
            yield from (needs[name] for name in names if name in needs)
