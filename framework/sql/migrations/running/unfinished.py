"""What an index that could not be made CONCURRENTLY leaves behind (PostgreSQL's documentation, CREATE INDEX)."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from framework.sql.migrations.operations.renames import as_sent

# One that had only its second look at the table before it already takes part in every write.
LEFT = sa.text(
    "SELECT CAST(CAST(i.indexrelid AS regclass) AS text) AS name, i.indisunique AND i.indisready AS refuses"
    " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    " WHERE NOT i.indisvalid AND strpos(:statement, replace(c.relname, '\"', '\"\"')) > 0 ORDER BY 1"
)


def unfinished(connection: sa.Connection, statement: str) -> Sequence[str]:
    """The INVALID indexes that the statement names, in words."""
    return [_says(row.name, refuses=row.refuses) for row in connection.execute(LEFT, {"statement": as_sent(statement)})]


def _says(name: str, *, refuses: bool) -> str:
    does = "it refuses values that stand twice all the same" if refuses else "it refuses nothing"
    return (
        f"the index `{name}` is left INVALID, and {does}: dspex migrate makes it anew, DROP INDEX CONCURRENTLY ends it"
    )
