"""One process at a time carries out steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep

import sqlalchemy as sa

from framework.sql.migrations.running.interruption import Interrupted, Interruption
from framework.telemetry import log

# Any number that nothing else locks: two processes that migrate at once wait for each other.
LOCK = 0x44535045
LOOK_SECONDS = 0.05


@contextmanager
def advisory_lock(connection: sa.Connection, interruption: Interruption) -> Iterator[None]:
    """Held by the session, so that it outlasts the transactions of an online step, and ends with the process.

    Whoever waits asks again and again: a statement that waits holds a snapshot, and an index built CONCURRENTLY waits
    for all snapshots.
    """
    waits = False
    while not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(LOCK))):
        connection.rollback()
        if not waits:
            log.info("migration.waits", reason="another process migrates this database")
        waits = True
        if interruption.asked:
            raise Interrupted
        sleep(LOOK_SECONDS)
    connection.commit()
    try:
        yield
    finally:
        if not connection.invalidated:
            connection.rollback()
            connection.execute(sa.select(sa.func.pg_advisory_unlock(LOCK)))
            connection.commit()
