"""The steps of a revision in an order that works: what leans on something is dropped before it, and made after it.

Backwards the order is the reverse, so it holds for both ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeGuard

import sqlalchemy as sa
from alembic.operations import ops
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from framework.sql.migrations.operations.counting import CountOp
from framework.sql.migrations.operations.exclusions import AlterAction, ExclusionOp, excluded_by
from framework.sql.migrations.operations.generated import GeneratedChange, GeneratedOp, is_generated
from framework.sql.migrations.operations.releases import ReleaseOp
from framework.sql.migrations.operations.renames import RenameOp, place_of, table_key
from framework.sql.migrations.operations.tenant_walls import TenantWallOp

Step = ops.MigrateOperation
RENAMES, RULES_GONE, KEYS_GONE, CALCULATIONS_GONE, TABLES, COLUMNS = range(6)
CALCULATIONS, RULES, LINKS, COLUMNS_GONE, TABLES_GONE = range(6, 11)


def in_order(steps: Sequence[Step]) -> list[Step]:
    """The single steps: renames, rules that go, tables, columns, rules that come, and last what is dropped."""
    return sorted(_links_apart([*_counting_apart(single(steps))]), key=phase)


def single(steps: Sequence[Step]) -> Iterator[Step]:
    """The steps without the containers that Alembic keeps them in."""
    for step in steps:
        if isinstance(step, ops.OpContainer):
            yield from single(step.ops)
        else:
            yield step


def phase(step: Step) -> int:  # noqa: C901, PLR0911, PLR0912 - one for each
    """When its turn is."""
    match step:
        case RenameOp():
            return RENAMES
        case ops.DropConstraintOp(constraint_type="primary"):
            return KEYS_GONE
        case ops.DropConstraintOp() | ops.DropIndexOp() | ExclusionOp(action=AlterAction.DROP):
            return RULES_GONE
        case TenantWallOp(action=action):
            return RULES_GONE if action is AlterAction.DROP else RULES
        case ops.CreateTableOp():
            return TABLES
        case ops.CreateForeignKeyOp():
            return LINKS
        case ops.AddConstraintOp() | ops.CreateIndexOp() | ExclusionOp():
            return RULES
        case CountOp(action=action):
            # What counts is a whole number.
            return CALCULATIONS_GONE if action is AlterAction.DROP else CALCULATIONS
        case GeneratedOp(change=GeneratedChange.GO | GeneratedChange.END):
            return CALCULATIONS_GONE
        case GeneratedOp():
            return CALCULATIONS
        case ops.AddColumnOp():
            return CALCULATIONS if is_generated(step) else COLUMNS
        case ops.DropColumnOp():
            return CALCULATIONS_GONE if is_generated(step) else COLUMNS_GONE
        case ops.DropTableOp() | ReleaseOp():
            return TABLES_GONE
        case _:
            return COLUMNS


def _counting_apart(steps: Iterable[Step]) -> Iterator[Step]:
    """That a column comes to number the records, or does no longer, as a step of its own."""
    for step in steps:
        if isinstance(step, ops.AlterColumnOp):
            # A word of other databases, of which Alembic warns here.
            step.kw.pop("autoincrement", None)
            before, after = step.existing_server_default, step.modify_server_default
            action = AlterAction.ADD if isinstance(after, sa.Identity) else AlterAction.DROP
            if after is not False and (action is AlterAction.ADD or isinstance(before, sa.Identity)):
                step.modify_server_default, step.existing_server_default = False, None
                yield CountOp(action, step.table_name, step.column_name, schema=step.schema)
            if not step.has_changes():
                continue
        yield step


def _links_apart(steps: list[Step]) -> Iterator[Step]:
    """Links that tables made together lead in a circle by, or tables dropped together have, are steps of their own."""
    gone = {table_key(step.table_name, step.schema) for step in steps if isinstance(step, ops.DropTableOp)}
    for step in steps:
        yield step
        if isinstance(step, ops.CreateTableOp):
            yield from map(link, filter(_circular, step.columns))
            yield from (
                ExclusionOp(AlterAction.ADD, excluded_by(part))
                for part in step.columns
                if isinstance(part, ExcludeConstraint)
            )
            step.columns = [
                part for part in step.columns if not _circular(part) and not isinstance(part, ExcludeConstraint)
            ]
        yield from links_apart([step], gone)


def links_apart(steps: Sequence[Step], tables: set[str]) -> Iterator[Step]:
    """The ends of the links to these tables, which those of the steps that drop tables then need not know of."""
    for step in steps:
        if isinstance(step, ops.DropTableOp) and step._reverse is not None:  # noqa: SLF001 - what is made on the way back
            made = step._reverse  # noqa: SLF001
            yield from (_end(part) for part in made.columns if _leads_to(part, tables))
            made.columns = [part for part in made.columns if not _leads_to(part, tables)]


def _circular(part: object) -> TypeGuard[sa.ForeignKeyConstraint]:
    return isinstance(part, sa.ForeignKeyConstraint) and bool(part.use_alter)


def _leads_to(part: object, tables: set[str]) -> TypeGuard[sa.ForeignKeyConstraint]:
    if not isinstance(part, sa.ForeignKeyConstraint):
        return False
    return part.elements[0].target_fullname.rpartition(".")[0] in tables


def _end(key: sa.ForeignKeyConstraint) -> ops.DropConstraintOp:
    """The end of a link that stands, whose other table need not have been read."""
    ends = [end.target_fullname.rpartition(".") for end in key.elements]
    schema, table = place_of(ends[0][0])
    words = ("onupdate", "ondelete", "deferrable", "initially", "match")
    said = {each: value for each in words if (value := getattr(key, each)) is not None}
    said.update(source_schema=key.table.schema, referent_schema=schema)
    back = ops.CreateForeignKeyOp(
        str(key.name), key.table.name, table, [*key.column_keys], [column for *_, column in ends], **said
    )
    return ops.DropConstraintOp(str(key.name), key.table.name, "foreignkey", schema=key.table.schema, _reverse=back)


def link(key: sa.ForeignKeyConstraint) -> ops.CreateForeignKeyOp:
    """A link of a table that is made, as a step of its own."""
    link = ops.CreateForeignKeyOp.from_constraint(key)
    link.kw.pop("use_alter", None)
    return link
