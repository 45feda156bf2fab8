"""That a change of a table waits for a VACUUM or an ANALYZE of it before it asks for its lock, and not while it does.

Whoever waits for a strong lock is waited for by every writer. An autovacuum, which a table that was just filled is
likely to have, is ended by PostgreSQL only after `deadlock_timeout`. What waits for the lock that those take stops no
writer.
"""

from __future__ import annotations

import re

import sqlalchemy as sa

from framework.sql.migrations.operations.renames import RENAMING, as_sent, block, literal

CHANGES = ("ALTER TABLE ", "CREATE OR REPLACE TRIGGER ", "DROP TRIGGER ", f"DO ${RENAMING}")
NAME = r'((?:"(?:[^"]|"")+"|[\w$]+)(?:\.(?:"(?:[^"]|"")+"|[\w$]+))?)'
DROPS = re.compile(rf"ALTER TABLE {NAME} DROP (?:CONSTRAINT|COLUMN) IF EXISTS")
TABLES = re.compile(rf"(?:\bALTER TABLE(?: IF EXISTS)?|\bREFERENCES|\bTRIGGER\b.*? ON) {NAME}")


def wait_for_maintenance(connection: sa.Connection, statement: str) -> None:
    """Returns when nobody cleans or counts the tables that the statement changes; `%` is written twice in it."""
    if not statement.lstrip().startswith(CHANGES):
        return
    for name in dict.fromkeys(TABLES.findall(statement)):
        lock = f"LOCK TABLE {name} IN SHARE UPDATE EXCLUSIVE MODE"
        there = f"to_regclass({literal(name)}) IS NOT NULL"
        connection.exec_driver_sql(block(f"IF {there} THEN {lock}; END IF;"))


def went_with_its_table(connection: sa.Connection, statement: str) -> bool:
    """Whether it drops a part of a table that is gone: the step was carried out before, up to the drop of that one.

    In the statement `%` is written twice.
    """
    drop = DROPS.match(statement.lstrip())
    if drop is None:
        return False
    table = as_sent(drop[1])
    return connection.scalar(sa.text("SELECT to_regclass(:table)"), {"table": table}) is None
