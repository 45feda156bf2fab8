"""What is asked of a database before something is restored into it, and done to it afterwards."""

from __future__ import annotations

import sqlalchemy as sa

from framework.errors import Conflict
from framework.spec.resource import ResourceSpec
from framework.sql.application_role import let_in
from framework.sql.connections import pooled_connection
from framework.sql.definitions.quoting import PREPARER
from framework.sql.layer import SqlLayer
from framework.sql.transaction import connected

# Whatever has a name there, but for what an extension brought.
SOMETHING = sa.text(
    "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    r" WHERE n.nspname !~ '^(pg_|information_schema$)' AND NOT EXISTS"
    " (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')"
    " ORDER BY c.oid LIMIT 1"
)
NO_BOUND = sa.text("SET LOCAL statement_timeout = 0")


async def refuse_filled(layer: SqlLayer) -> None:
    """Raises Conflict unless the database is empty."""
    with connected(layer.schema):
        async with pooled_connection(layer.engine) as connection:
            found = await connection.scalar(SOMETHING)
    if found is not None:
        raise Conflict(
            f"the database is not empty: it has `{found}`",
            code="not_empty",
            path=("DATABASE_URL",),
            hint="restore into an empty one: another DSPEX_DATA_DIR, or a database that you have just made",
        )


async def has_table(layer: SqlLayer, resource: ResourceSpec) -> bool:
    """Whether the database has it; one that was empty when it was kept has none, and an older one may lack it."""
    name = PREPARER.format_table(layer.schema.tables[resource.name])
    with connected(layer.schema):
        async with pooled_connection(layer.engine) as connection:
            return await connection.scalar(sa.select(sa.func.to_regclass(name))) is not None


async def admit_application(layer: SqlLayer) -> None:
    """Lets the application's role in at the tables, which a backup does not do, where anything belongs to tenants."""
    if layer.walls is None:
        return
    with connected(layer.schema):
        async with pooled_connection(layer.engine) as connection, connection.begin():
            await connection.run_sync(let_in, layer.schema, layer.role)


async def settle_transactions(layer: SqlLayer, resource: ResourceSpec, attribute: str) -> None:
    """Has every record say that it was written by a transaction which is over.

    The numbers of transactions are the server's: on another one they begin anew, and a record that names one yet to
    come would be taken for unfinished.
    """
    table = layer.schema.tables[resource.name]
    column = table.c[attribute]
    with connected(layer.schema):
        async with pooled_connection(layer.engine) as connection, connection.begin():
            await connection.execute(NO_BOUND)
            await connection.execute(sa.update(table).where(column != 0).values({column: 0}))
            await connection.execute(sa.text("ANALYZE"))
