"""The second wall around what belongs to tenants: row-level security, for whoever does not own the tables.

The connection says in which tenant it is, by a setting; where it says none, nothing is seen. The owner of the tables,
as whom the system and migrations act, is not held by it.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from framework.spec.resource import ResourceSpec
from framework.sql.clauses.columns import storage_type
from framework.sql.definitions.quoting import DIALECT, PREPARER

WALL = "tenant_wall"
POLICY = "dspex_tenant"
SETTING = "dspex.tenant"
HERE = f"NULLIF(current_setting('{SETTING}', true), '')"


@dataclass(frozen=True, slots=True)
class TenantWall:
    """What rows of a table have to satisfy to be seen, or written, from within a tenant."""

    table: str
    condition: str
    schema: str | None = None

    @property
    def name(self) -> str:
        """The table, as a statement has it."""
        table = PREPARER.quote(self.table)
        return table if self.schema is None else f"{PREPARER.quote(self.schema)}.{table}"

    @property
    def raised(self) -> str:
        """The statement that makes it, in the place of another of ours."""
        policy = f"CREATE POLICY {POLICY} ON {self.name} USING ({self.condition})"
        enable = f"ALTER TABLE {self.name} ENABLE ROW LEVEL SECURITY"
        return f"DO $wall$ BEGIN DROP POLICY IF EXISTS {POLICY} ON {self.name}; {policy}; {enable}; END $wall$"

    @property
    def gone(self) -> str:
        """The statement that takes it away; policies made by hand stay upheld."""
        named = self.name.replace("'", "''")
        others = f"SELECT FROM pg_policy WHERE polrelid = to_regclass('{named}')"
        disable = f"ALTER TABLE {self.name} DISABLE ROW LEVEL SECURITY"
        end = f"IF NOT EXISTS ({others}) THEN {disable}; END IF"
        return f"DO $wall$ BEGIN DROP POLICY {POLICY} ON {self.name}; {end}; END $wall$"


def note_wall(table: sa.Table, spec: ResourceSpec) -> None:
    """Keeps the wall with the table of a resource that belongs to tenants."""
    if spec.tenancy is None or not spec.managed:
        return
    column = table.c[spec.tenancy.attribute]
    name, kind = PREPARER.quote(column.name), storage_type(column.type)
    # The setting is a text already, and a text is compared as its column has it.
    mine = f"{name} = " + (HERE if isinstance(kind, sa.String) else f"CAST({HERE} AS {kind.compile(dialect=DIALECT)})")
    condition = f"{name} IS NULL OR {mine}" if spec.tenancy.shared else mine
    table.info[WALL] = TenantWall(table.name, condition, table.schema)


def wall_of(table: sa.Table) -> TenantWall | None:
    """The wall that is declared around a table."""
    wall: TenantWall | None = table.info.get(WALL)
    return wall
