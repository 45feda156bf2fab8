"""How a connection stands to the walls around tenants: within one, in none, or past them as the system is.

Within a tenant it acts in the application's role, which owns no table. The system acts as whoever the connection was
opened by, who owns them. In a transaction either ends with it, whatever becomes of that; where each statement is on its
own, the connection keeps it, and it is set anew as soon as somebody wants another.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from framework.data.access_scope import AccessScope
from framework.errors import Unavailable
from framework.spec.domain import DomainSpec
from framework.sql.application_role import ROLE
from framework.sql.definitions.tenant_walls import SETTING
from framework.sql.statements.prepared import Prepared

STAND = f"SELECT set_config('role', :role, :local), set_config('{SETTING}', :tenant, :local)"
STANDS, OURS = "dspex_stands", "dspex_ours"
NO_ROLE = ("22023", "42501")
"""That there is no such role, or that it may not be taken on."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The role that statements are sent in, and the tenant that they are sent from."""

    role: str
    tenant: str = ""


OWNER = Standing("none")


@dataclass(frozen=True, slots=True)
class Walls:
    """The resources with walls around their tables, and the role that these hold."""

    walled: frozenset[str]
    shared: frozenset[str]
    role: str = ROLE

    @classmethod
    def of(cls, domain: DomainSpec, role: str = ROLE) -> Walls | None:
        """Those of a domain; None where nothing belongs to tenants."""
        owned = [spec for spec in domain.stored if spec.tenancy is not None and spec.managed]
        shared = frozenset(spec.name for spec in owned if spec.tenancy is not None and spec.tenancy.shared)
        return cls(frozenset(spec.name for spec in owned), shared, role) if domain.tenanted else None

    def wanted(self, prepared: Prepared, scope: AccessScope | None, stands: Standing | None) -> Standing | None:
        """How a connection has to stand for a statement to meet what may be seen; None for as it does."""
        behind = self.walled.intersection(prepared.tables)
        if scope is not None:
            return Standing(self.role, scope.within or "") if behind else None
        if (prepared.tables and not behind) or self._lets_through(prepared, stands):
            return None
        return OWNER

    def _lets_through(self, prepared: Prepared, stands: Standing | None) -> bool:
        """Whether these rows, which are everybody's or of the tenant that the connection is in, may be added from
        within: most writes leave an event, and need not go past the wall for it."""
        resource = prepared.resource
        if not prepared.rows or stands is None or resource is None or resource.name not in self.shared:
            return False
        name = "" if resource.tenancy is None else resource.tenancy.attribute
        return stands.role == self.role and all(row.get(name) in (None, stands.tenant) for row in prepared.rows)


async def stand(connection: AsyncConnection, wanted: Standing, *, local: bool) -> None:
    """Has the connection stand so: for its transaction, or until it is wanted otherwise. Raises Unavailable."""
    known: MutableMapping[Any, Any] = connection.sync_connection.info if connection.sync_connection else {}
    if not local:
        # Whatever becomes of this: nobody takes it for what it was.
        known[STANDS] = None
    asked = {"role": wanted.role, "tenant": wanted.tenant, "local": local}
    try:
        await connection.execute(sa.text(STAND), asked)
    except sa.exc.DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in NO_ROLE:
            raise
        says = f"the database lacks the role `{wanted.role}`, by which the application meets what belongs to tenants"
        raise Unavailable(says, code="no_application_role", hint="dspex migrate makes it, and lets it in") from error
    if not local:
        known[STANDS] = wanted


def standing_of(connection: AsyncConnection) -> Standing | None:
    """How a connection that was taken just now stands; None where nobody knows."""
    found: Standing | None = None
    if connection.sync_connection is not None:
        found = connection.sync_connection.info.get(STANDS, OWNER)
    return found


def keep_out(engine: sa.Engine, walls: Walls) -> None:
    """Has whoever takes a connection of the pool by themselves be in no tenant, in the application's role."""
    home = Standing(walls.role)

    def begin(connection: sa.Connection) -> None:
        if connection.get_execution_options().get(OURS) or connection.info.get(STANDS, OWNER) == home:
            return
        driver = connection.connection.cursor()
        connection.info[STANDS] = None
        driver.execute("SELECT set_config('role', %s, false), set_config(%s, '', false)", (walls.role, SETTING))
        driver.close()
        connection.connection.commit()
        connection.info[STANDS] = home

    sa.event.listen(engine, "engine_connect", begin)
