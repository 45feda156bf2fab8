"""The application's role: it owns no table, so that the walls around tenants hold it."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from framework.errors import Invalid
from framework.sql.clauses.table_scope import Schema
from framework.sql.definitions.quoting import PREPARER
from framework.sql.definitions.schema import managed_tables, schemas_of

ROLE = "dspex_application"
MADE = "SELECT 1 FROM pg_roles WHERE rolname = :role"
MEMBER = "SELECT pg_has_role(session_user, CAST(:role AS name), :way)"
# Since then whoever makes a role is a member that may give it and not act in it.
TOLD_APART = (16,)
THERE = "SELECT to_regclass(CAST(:name AS text)) IS NOT NULL"
USABLE = "SELECT has_schema_privilege(CAST(:role AS name), CAST(:schema AS text), 'USAGE')"
LACKS = ("42501", "0LP01")
"""What PostgreSQL says to whoever may make no role, or give none."""


def let_in(connection: sa.Connection, schema: Schema, role: str = ROLE) -> None:
    """Makes the role, where it is not there, and lets it at the tables that are; where nothing belongs to tenants there
    is no need of it. Raises Invalid where that may not be done as whoever the connection is."""
    if not schema.domain.tenanted:
        return
    try:
        for statement in _needed(connection, role):
            connection.exec_driver_sql(statement)
        for statement in _grants(connection, schema, PREPARER.quote(role)):
            connection.exec_driver_sql(statement)
    except sa.exc.DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in LACKS:
            raise
        name = PREPARER.quote(role)
        by_hand = f"CREATE ROLE {name} NOLOGIN; GRANT {name} TO <the user of the address>"
        raise _refused(role, "cannot be made or given by this user", by_hand) from error
    # Of a schema of somebody else PostgreSQL only warns that nothing was granted.
    for each in _used(connection, schema):
        if not connection.execute(sa.text(USABLE), {"role": role, "schema": each}).scalar():
            by_hand = f"GRANT USAGE ON SCHEMA {PREPARER.quote(each)} TO {PREPARER.quote(role)}"
            raise _refused(role, f"may not use the schema `{each}`, and this user cannot let it", by_hand)


def _refused(role: str, says: str, by_hand: str) -> Invalid:
    return Invalid(
        f"the role `{role}`, by which the application meets the tables, {says}",
        code="no_application_role",
        path=("DSPEX_DATABASE_ROLE",),
        hint=f"have somebody who may run: {by_hand}",
    )


def _used(connection: sa.Connection, schema: Schema) -> list[str]:
    """The schemas that the tables are in, that of the search path among them."""
    found = connection.execute(sa.text("SELECT current_schema()")).scalar()
    return [*schemas_of(schema), *([] if found is None else [str(found)])]


def _needed(connection: sa.Connection, role: str) -> Iterator[str]:
    name, asked = PREPARER.quote(role), {"role": role}
    if connection.execute(sa.text(MADE), asked).scalar() is None:
        # Another database of the server may be getting it just now.
        made = f"CREATE ROLE {name} NOLOGIN"
        yield f"DO $role$ BEGIN {made}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $role$"
    way = "SET" if (connection.dialect.server_version_info or ()) >= TOLD_APART else "MEMBER"
    if not connection.execute(sa.text(MEMBER), {**asked, "way": way}).scalar():
        yield f"GRANT {name} TO SESSION_USER"


def _grants(connection: sa.Connection, schema: Schema, role: str) -> Iterator[str]:
    names = (PREPARER.format_table(table) for table in managed_tables(schema))
    there = [name for name in names if connection.execute(sa.text(THERE), {"name": name}).scalar()]
    if there:
        yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(there)} TO {role}"
    for each in _used(connection, schema):
        yield f"GRANT USAGE ON SCHEMA {PREPARER.quote(each)} TO {role}"
