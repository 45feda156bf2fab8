"""A wall around what belongs to tenants that is raised, or goes: Alembic knows none."""

from __future__ import annotations

from alembic.operations import ops

from framework.sql.definitions.tenant_walls import TenantWall
from framework.sql.migrations.operations.exclusions import AlterAction
from framework.sql.migrations.operations.renames import escaped


class TenantWallOp(ops.ExecuteSQLOp):
    """A wall raised or taken away, as a step of a revision."""

    def __init__(self, action: AlterAction, wall: TenantWall) -> None:
        super().__init__(escaped(wall.raised if action is AlterAction.ADD else wall.gone))
        self.action, self.wall = action, wall
        self.table_name, self.schema = wall.table, wall.schema

    @property
    def says(self) -> str:
        """The difference, in words."""
        lacks = "is missing or differs" if self.action is AlterAction.ADD else "is not declared or differs"
        return f"row-level security of table {self.table_name} for tenants {lacks}"

    def reverse(self) -> TenantWallOp:
        """The opposite."""
        return TenantWallOp(AlterAction.DROP if self.action is AlterAction.ADD else AlterAction.ADD, self.wall)
