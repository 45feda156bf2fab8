"""Steps that cannot be taken back, as they say of themselves; refused before anything of a run is carried out.

`irreversible` in a step is why, as a text, or by table why not while that holds records: a column that was required
comes back only where nothing needs a value for it. Steps write it by themselves; one written by hand may. What only the
records could tell as a step was carried out (`op.irreversible_where`) is kept in the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import Script

from framework.errors import Invalid
from framework.sql.migrations.operations.members import MembersOp
from framework.sql.migrations.operations.renames import place_of, table_key
from framework.sql.migrations.running.taken import forgetting, found_as_taken

ELSEWHERE = (
    "nothing was changed; go on with a step that makes what there was before (dspex revision), or go back to a backup; "
)
SAID = f"{ELSEWHERE}whoever has put the data back by hand takes the word `irreversible` out of the step"
FOUND = f"{ELSEWHERE}whoever knows that nothing is mixed up, or has put it apart by hand, has that forgotten: {{}}"
Reasons = Mapping[str, str]
Plan = Callable[..., Iterable[Any]]


def reasons_of(steps: Sequence[ops.MigrateOperation]) -> Reasons:
    """Why the steps cannot be taken back while a table holds records, by table."""
    found: dict[str, list[str]] = {}
    for step in steps:
        match step:
            case ops.DropColumnOp() if _nothing_to_put(step.to_column()):
                says = f"`{step.column_name}` was required, and what it held is gone"
                found.setdefault(table_key(step.table_name, step.schema), []).append(says)
            case MembersOp(change=change) if change.merged:
                found.setdefault(table_key(change.table, change.schema), []).append(change.not_kept(change.merged))
    return {table: "; ".join(says) for table, says in found.items()}


def told(said: str | Reasons | None) -> str | None:
    """The reason in words, for whoever lists the steps."""
    if said is None or isinstance(said, str):
        return said or None
    return "; ".join(f"while `{table}` holds records: {why}" for table, why in said.items())


def refusing(plan: Plan) -> Plan:
    """The plan of a run, that raises Invalid where a step in it cannot be taken back."""

    def planned(revision: Any, context: MigrationContext) -> Iterable[Any]:
        steps = [*plan(revision, context)]
        # A stamp is planned as well, and carries nothing out.
        back = [step.revision for step in steps if isinstance(step, RevisionStep) and step.is_downgrade]
        if back:
            _refuse(back, context)
        return steps

    return planned


def _refuse(back: Sequence[Script], context: MigrationContext) -> None:
    """Looks at the steps, of which the newest comes first, as the tables stand before any is taken back."""
    connection = None if context.as_sql else context.connection
    found = {} if connection is None else found_as_taken(context)
    for place, script in enumerate(back):
        said = getattr(script.module, "irreversible", None) or {}
        if isinstance(said, str):
            says = f"the step {script.revision} ({script.doc.rstrip('.')}) cannot be taken back: {said}"
            raise Invalid(says, code="irreversible_step", path=(script.revision,), hint=SAID)
        if connection is None:
            continue
        looked_at = FOUND.format(forgetting(context, script.revision))
        for reasons, hint in ((said, SAID), (found.get(script.revision, {}), looked_at)):
            for table, why in reasons.items():
                rows = _count(connection, _today(table, reversed(back[:place])))
                if rows:
                    raise _while_there_are(script, (table, why), rows=rows, hint=hint)


def _while_there_are(script: Script, reason: tuple[str, str], *, rows: int, hint: str) -> Invalid:
    table, why = reason
    held = "1 record" if rows == 1 else f"{rows} records"
    step = f"{script.revision} ({script.doc.rstrip('.')})"
    return Invalid(
        f"the step {step} cannot be taken back while `{table}` holds {held}: {why}",
        code="rows_in_the_way",
        path=(table,),
        params={"table": table, "rows": rows, "step": script.revision},
        hint=hint,
    )


def _today(table: str, later: Iterable[Script]) -> str | None:
    """The name that the table has once the later steps are carried out too; None where one of them has dropped it."""
    for script in later:
        for old, new in (each for each in getattr(script.module, "renames", ()) if len(each) == 2):
            table = new if old == table else table
        if not getattr(script.module, "drops", {}).get(table, [""]):
            return None
    return table


def _count(connection: sa.Connection, table: str | None) -> int:
    schema, name = place_of(table or "")
    if not name or not sa.inspect(connection).has_table(name, schema):
        return 0
    counted = sa.select(sa.func.count()).select_from(sa.table(name, schema=schema))
    return connection.execute(counted).scalar_one()


def _nothing_to_put(column: sa.Column[Any]) -> bool:
    return not (column.nullable or column.identity or column.computed or column.server_default)
