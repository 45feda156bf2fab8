"""How migrations run: one process at a time, and all steps together or none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from framework.errors import Invalid
from framework.spec.domain import DomainSpec
from framework.sql.engine import address
from framework.sql.migrations.autogenerate import options
from framework.sql.migrations.metadata import metadata_of
from framework.sql.migrations.operations.probes import RefuseRowsOp
from framework.sql.migrations.operations.records import BatchesOp, StandingTableOp
from framework.sql.migrations.ownership import owned_by
from framework.sql.migrations.plan.decisions import UNDECIDED, Decisions

# Any number that nothing else locks: two processes that migrate at once wait for each other.
LOCK = 0x44535045
# What a step can do besides what Alembic has: `op` knows them once they are imported.
OPERATIONS = (RefuseRowsOp, StandingTableOp, BatchesOp)
NO_SERVER = "postgresql+psycopg://"


def run(url: str | None, domain: DomainSpec, decisions: Decisions = UNDECIDED) -> None:
    """What `env.py` does, whichever command Alembic is at."""
    if context.is_offline_mode():
        context.configure(url=NO_SERVER, target_metadata=metadata_of(domain), literal_binds=True)
        with context.begin_transaction():
            context.run_migrations()
        return
    if url is None:
        raise Invalid("no database is named", code="bad_database_url", path=("DATABASE_URL",), hint="set DATABASE_URL")
    engine = sa.create_engine(address(url), poolclass=sa.NullPool, connect_args={"connect_timeout": 5})
    with engine.connect() as connection:
        metadata = metadata_of(domain, connection.dialect.default_schema_name)
        known = options(connection, owned_by(context.script), metadata, decisions)
        # Alembic commits only a transaction that it has begun by itself.
        connection.rollback()
        context.configure(connection=connection, target_metadata=metadata, **known)
        with context.begin_transaction():
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
            context.run_migrations()
