"""Who holds what a statement has waited for in vain."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from framework.sql.migrations.operations.renames import as_sent

# Whoever was in the way for all that time, on a table that the statement names.
HOLDERS = sa.text(
    "SELECT DISTINCT a.pid, a.usename, a.application_name, a.state, a.query, c.relname,"
    " extract(epoch FROM clock_timestamp() - a.xact_start)::int AS seconds"
    " FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid JOIN pg_class c ON c.oid = l.relation"
    " WHERE l.granted AND l.locktype = 'relation' AND c.relkind IN ('r', 'p', 'v', 'm')"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND a.pid <> pg_backend_pid() AND a.xact_start < clock_timestamp() - make_interval(secs => :seconds)"
    " AND strpos(:statement, replace(c.relname, '\"', '\"\"')) > 0 ORDER BY seconds DESC LIMIT 5"
)
SHOWN = 80


def holders(connection: sa.Connection, statement: str, seconds: float) -> Sequence[str]:
    """Those whose transactions are older than the wait, in words; none may be left by the time they are looked for."""
    found = connection.execute(HOLDERS, {"statement": as_sent(statement), "seconds": seconds}).mappings()
    return [
        f"process {each['pid']} ({each['usename']}{_program(each['application_name'])}) holds `{each['relname']}`, "
        f"in a transaction of {each['seconds']} s, {each['state']}: {' '.join(each['query'].split())[:SHOWN]}"
        for each in found
    ]


def _program(name: str) -> str:
    return f", {name}" if name else ""
