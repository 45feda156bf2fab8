"""A database that has taken all its steps, compared with what is declared."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import autogenerate
from alembic.runtime.migration import MigrationContext

from framework.spec.domain import DomainSpec
from framework.sql.migrations.compare.differences import differences
from framework.sql.migrations.compare.foreign_names import FOREIGN_NAMES
from framework.sql.migrations.compare.others import others_differences
from framework.sql.migrations.compare.renaming import FOREIGN
from framework.sql.migrations.operations.renames import qualified
from framework.sql.migrations.ownership import UNMANAGED
from framework.sql.section import table_name_of, table_schema_of

STAND = sa.text("SELECT bool_or(to_regclass(name) IS NOT NULL) FROM unnest(CAST(:names AS text[])) AS name")


def drift(context: MigrationContext) -> Iterator[str]:
    """Every difference, in words: ours, and then what of others' tables and views cannot be read."""
    declared = context.opts["target_metadata"]
    assert context.connection is not None
    script = autogenerate.produce_migrations(context, declared)
    yield from (f"table {found.table} {found.says}" for found in context.opts[FOREIGN])
    yield from (found.message for found in context.opts[FOREIGN_NAMES])
    yield from differences(script.upgrade_ops_list[0])
    yield from others_differences(context.connection, declared.info[UNMANAGED])


def one_stands(connection: sa.Connection, domain: DomainSpec) -> bool:
    """Whether one of the tables stands that are declared as ours."""
    ours = [spec for spec in domain.stored if spec.managed]
    names = [qualified(table_schema_of(spec), table_name_of(spec)) for spec in ours]
    return bool(connection.execute(STAND, {"names": names}).scalar())
