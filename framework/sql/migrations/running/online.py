"""Online steps, which say `online = True`: carried out operation by operation, each in a transaction of its own.

What stands before them is committed first. Each operation can be carried out again, so that a step that ended half way
goes on where it was: what is there already is left, what was begun and not ended is made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial, update_wrapper
from typing import Any

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext

from framework.sql.migrations.compare.verbatim import VerbatimImpl
from framework.sql.migrations.failures import RunOutcome
from framework.sql.migrations.operations.last_renames import NOTE_RENAMED
from framework.sql.migrations.operations.lock_policy import (
    COMMITTED,
    LOCK_POLICY,
    ONLINE,
    LockPolicy,
    committed_apart,
    is_online,
)
from framework.sql.migrations.operations.renames import qualified
from framework.sql.migrations.operations.validating import has_constraint
from framework.sql.migrations.running.holders import holders
from framework.sql.migrations.running.maintenance import wait_for_maintenance, went_with_its_table
from framework.sql.migrations.running.taken import is_renamed, note_renamed, record_going
from framework.sql.migrations.running.version_table import VersionTableImpl

Steps = Callable[[Any, MigrationContext], Iterable[Any]]
IS_INVALID = sa.text(
    "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(:index) AND NOT indisvalid AND"
    " NOT EXISTS (SELECT 1 FROM pg_stat_progress_create_index WHERE index_relid = indexrelid)"
)


def with_online_steps(steps: Steps) -> Steps:
    """The steps of a run, the online ones carried out by operations."""

    def each(heads: Any, context: MigrationContext) -> Iterator[Any]:
        for step in steps(heads, context):
            revision = getattr(step, "revision", None)
            if revision is not None and getattr(revision.module, "online", False):
                going = None if step.is_upgrade else revision.revision
                step.migration_fn = update_wrapper(
                    partial(_by_operations, context, step.migration_fn, going), step.migration_fn
                )
            yield step

    return each


def stays(context: MigrationContext) -> RunOutcome:
    """What of a run stays when a step fails."""
    if is_online(context):
        return RunOutcome.HALF_WAY
    return RunOutcome.BEFORE if context.opts.get(COMMITTED) else RunOutcome.NOTHING


def _by_operations(context: MigrationContext, carry_out: Callable[..., None], going: str | None, **words: Any) -> None:
    with committed_apart(context):
        if going is None:
            _carry_out(context, carry_out, words)
            return
        record_going(context, going)
        if context.as_sql or not is_renamed(context, going):
            context.opts[NOTE_RENAMED] = note_renamed(context, going)
            _carry_out(context, carry_out, words)
            del context.opts[NOTE_RENAMED]


def _carry_out(context: MigrationContext, carry_out: Callable[..., None], words: Mapping[str, Any]) -> None:
    context.opts[ONLINE] = True
    if context.connection is None or context.as_sql:
        carry_out(**words)
        context.opts[ONLINE] = False
        return
    lock_policy: LockPolicy = context.opts[LOCK_POLICY]
    lock_policy.go_online(context.connection)
    carry_out(**words)
    # Left as it is when the step fails: whoever tells of it has to know.
    context.opts[ONLINE] = False
    lock_policy.begin(context.connection)


class StepImpl(VersionTableImpl, VerbatimImpl):
    """Alembic's PostgreSQL, taken for it from when this is imported: an operation of an online step is tried again."""

    __dialect__ = "postgresql"

    def _exec(
        self,
        construct: Any,
        execution_options: Mapping[str, Any] | None = None,
        multiparams: Sequence[Mapping[str, Any]] | None = None,
        params: Mapping[str, Any] = sa.util.EMPTY_DICT,
    ) -> Any:
        def run() -> Any:
            if isinstance(construct, sa.schema.CreateIndex):
                self._remove_unfinished(construct.element)
            elif self._online and isinstance(construct, sa.TextClause | sa.schema.ExecutableDDLElement):
                assert self.connection is not None
                statement = str(construct.compile(dialect=self.dialect))
                if went_with_its_table(self.connection, statement):
                    return None
                wait_for_maintenance(self.connection, statement)
            return super(StepImpl, self)._exec(construct, execution_options, multiparams, params)

        if self.as_sql or not self.context_opts.get(ONLINE):
            return run()
        lock_policy: LockPolicy = self.context_opts[LOCK_POLICY]
        return lock_policy.retry(run, self._holders)

    def add_constraint(self, const: Any, **words: Any) -> None:
        """Adds it, unless it is there by an online step that ended half way."""
        if not (self._online and self._has(const)):
            super().add_constraint(const, **words)

    def create_index(self, index: sa.Index, **words: Any) -> None:
        """Makes it, and takes the time that it needs."""
        if not index.dialect_options["postgresql"]["concurrently"] or not self._online:
            super().create_index(index, **words)
            return
        assert self.connection is not None
        lock_policy: LockPolicy = self.context_opts[LOCK_POLICY]
        lock_policy.wait_for_ever(self.connection)
        super().create_index(index, **words)
        lock_policy.go_online(self.connection)

    def _remove_unfinished(self, index: sa.Index) -> None:
        """Removes what is left of one that could not be made: IF NOT EXISTS would take it for made."""
        if index.dialect_options["postgresql"]["concurrently"] and self._online:
            assert self.connection is not None
            name = qualified(None if index.table is None else index.table.schema, str(index.name))
            if self.connection.scalar(IS_INVALID, {"index": name}):
                self.connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY {name}".replace("%", "%%"))

    @property
    def _online(self) -> bool:
        return bool(self.context_opts.get(ONLINE)) and not self.as_sql

    def _holders(self, error: sa.exc.DBAPIError) -> Sequence[str]:
        assert self.connection is not None
        lock_policy: LockPolicy = self.context_opts[LOCK_POLICY]
        return holders(self.connection, error.statement or "", lock_policy.lock)

    def _has(self, const: Any) -> bool:
        assert self.connection is not None
        return has_constraint(self.connection, qualified(const.table.schema, const.table.name), str(const.name))
