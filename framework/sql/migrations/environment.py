"""How migrations run: one process at a time, and all steps together or none, but for those that are online."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import context
from alembic.runtime.migration import MigrationInfo
from alembic.script import Script

from framework.errors import Invalid
from framework.spec.domain import DomainSpec
from framework.sql.answering import connect_arguments
from framework.sql.engine import SESSION, address, set_on_connect
from framework.sql.migrations.autogenerate import options
from framework.sql.migrations.failures import RunInterrupted, StepHalted
from framework.sql.migrations.history import History
from framework.sql.migrations.irreversible import refusing
from framework.sql.migrations.lines.merging import beside
from framework.sql.migrations.metadata import metadata_of
from framework.sql.migrations.operations.adoption import StandsOp
from framework.sql.migrations.operations.batches import FillInBatchesOp
from framework.sql.migrations.operations.irreversible_where import IrreversibleWhereOp
from framework.sql.migrations.operations.labels import AddLabelsOp
from framework.sql.migrations.operations.last_renames import LastRenamesOp
from framework.sql.migrations.operations.lock_policy import LOCK_POLICY, USUAL, LockPolicy, lock_was_held
from framework.sql.migrations.operations.partitions import DefaultPartitionOp, DetachPartitionsOp
from framework.sql.migrations.operations.probes import RefuseRowsOp
from framework.sql.migrations.operations.records import BatchesOp, StandingTableOp
from framework.sql.migrations.operations.renames import escaped, place_of
from framework.sql.migrations.operations.require import RequireOp
from framework.sql.migrations.operations.validating import UniqueByIndexOp, ValidateConstraintOp
from framework.sql.migrations.ownership import owned_by
from framework.sql.migrations.plan.decided.decisions import UNDECIDED, Decisions
from framework.sql.migrations.plan.domains import Domains
from framework.sql.migrations.plan.revising import created_schema
from framework.sql.migrations.running.advisory_lock import advisory_lock
from framework.sql.migrations.running.holders import holders
from framework.sql.migrations.running.interruption import Interrupted, Interruption
from framework.sql.migrations.running.online import stays, with_online_steps
from framework.sql.migrations.running.readiness import VERSION_TABLE
from framework.sql.migrations.running.taken import record
from framework.sql.migrations.running.turns import taking_turns
from framework.sql.migrations.running.unfinished import unfinished

# What a step can do besides what Alembic has: `op` knows them once they are imported.
OPERATIONS = (
    RefuseRowsOp,
    LastRenamesOp,
    IrreversibleWhereOp,
    StandingTableOp,
    BatchesOp,
    FillInBatchesOp,
    RequireOp,
    ValidateConstraintOp,
    UniqueByIndexOp,
    StandsOp,
    AddLabelsOp,
    DefaultPartitionOp,
    DetachPartitionsOp,
)
NO_SERVER = "postgresql+psycopg://"
# No driver reads a script: a percent sign in it is one, and not two.
AS_WRITTEN = {"paramstyle": "named"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What Alembic is asked about: a database and a domain, and what only whoever asks can say.

    Without a domain only the steps that were taken are asked about, so no tables are made up to compare them with.
    `folders` tell the domains apart, where each keeps its steps in one of its own, and `only` is the one meant. What a
    run has carried out is added to `carried_out`.
    """

    url: str | None
    domain: DomainSpec | None
    version_table: str = VERSION_TABLE
    decisions: Decisions = UNDECIDED
    lock_policy: LockPolicy = USUAL
    folders: Mapping[str, Path] | None = None
    only: str | None = None
    interruption: Interruption = field(default_factory=Interruption)
    carried_out: list[str] = field(default_factory=list)


def run(asked: Asked) -> None:
    """What `env.py` does, whichever command Alembic is at."""
    schema, table = place_of(asked.version_table)
    versions: dict[str, Any] = {"version_table": table, "version_table_schema": schema, "on_version_apply": record}
    if context.is_offline_mode():
        metadata = sa.MetaData() if asked.domain is None else metadata_of(asked.domain)
        words: dict[str, Any] = {**versions, "literal_binds": True, "dialect_opts": AS_WRITTEN}
        context.configure(url=NO_SERVER, target_metadata=metadata, **words)
        _by_operations()
        for setting in SESSION:
            context.execute(setting)
        if schema is not None:
            context.execute(sa.text(escaped(created_schema(schema))))
        with context.begin_transaction():
            context.run_migrations()
        return
    if asked.url is None:
        raise Invalid("no database is named", code="bad_database_url", path=("DATABASE_URL",), hint="set DATABASE_URL")
    where = address(asked.url)
    engine = sa.create_engine(where, poolclass=sa.NullPool, connect_args=connect_arguments(where))
    set_on_connect(engine)
    with engine.connect() as connection, warnings.catch_warnings():
        # A column of others may be of any type.
        warnings.filterwarnings("ignore", "Did not recognize type", sa.exc.SAWarning)
        known = {LOCK_POLICY: asked.lock_policy, **_declared(connection, asked)}
        # Alembic commits only a transaction that it has begun by itself.
        connection.rollback()
        versions["on_version_apply"] = (record, _noting(asked.carried_out))
        context.configure(connection=connection, **versions, **known)
        _by_operations()
        with advisory_lock(connection, asked.interruption):
            _carry_out(connection, known[LOCK_POLICY], schema, asked.interruption)


def _declared(connection: sa.Connection, asked: Asked) -> dict[str, Any]:
    """What is declared, and how it is compared."""
    if asked.domain is None:
        return {}
    metadata = metadata_of(asked.domain, connection.dialect.default_schema_name)
    folders = None if asked.folders is None else Domains(History(context.script, asked.folders), asked.only)
    known = options(connection, owned_by(context.script), metadata, asked.decisions, folders)
    return {**known, "target_metadata": metadata}


def _by_operations() -> None:
    """Has online steps carried out as such, and what cannot be taken back refused, whichever command asks for them."""
    configured = context.get_context()
    steps = configured._migrations_fn  # noqa: SLF001 - what a command passes on to be run is nowhere else
    if steps is not None:
        configured._migrations_fn = with_online_steps(refusing(taking_turns(steps)))  # noqa: SLF001


def _noting(carried_out: list[str]) -> Callable[..., None]:
    """What Alembic calls once a step was carried out, which keeps it."""

    def note(*, step: MigrationInfo, **_: Any) -> None:
        if step.is_upgrade and not step.is_stamp:
            carried_out.extend(f"{each.revision}: {each.doc}" for each in step.up_revisions if isinstance(each, Script))

    return note


def _carry_out(
    connection: sa.Connection, lock_policy: LockPolicy, schema: str | None, interruption: Interruption
) -> None:
    """Every step, with the schema of the version table; raises StepHalted with those who were in the way."""
    lock_policy.begin(connection)
    # Whoever only looks leaves nothing behind.
    if schema is not None and not context.get_context().opts.get("dont_mutate"):
        connection.execute(sa.text(escaped(created_schema(schema))))
    connection.commit()
    try:
        with interruption.watching(connection), context.begin_transaction():
            context.run_migrations()
    except Interrupted as error:
        raise RunInterrupted(error, left=[], stays=stays(context.get_context())) from error
    except sa.exc.DBAPIError as error:
        found, left, statement = [], [], error.statement or ""
        if not connection.invalidated:
            connection.rollback()
            found = [*holders(connection, statement, lock_policy.lock)] if lock_was_held(error) else []
            left = [*unfinished(connection, statement)]
        outcome = stays(context.get_context())
        if interruption.asked:
            raise RunInterrupted(error, left=left, stays=outcome) from error
        raise StepHalted(error, found, left=left, stays=outcome, beside=beside(error, context.script)) from error
