"""A run that somebody ends: its statement is cancelled, and no other one is begun.

Alembic waits where it stands, in a thread that nobody can end. PostgreSQL can end what it waits for, and takes back
what was not committed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa


class Interrupted(Exception):
    """The run was asked to end between two statements."""


@dataclass(slots=True)
class Interruption:
    """Whether a run is to end; asked by another thread than the one that carries it out."""

    asked: bool = False
    _connection: Any = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self) -> None:
        """Ends it: cancels the statement that is being carried out, if there is one."""
        with self._lock:
            self.asked = True
            if self._connection is not None:
                self._connection.cancel()

    @contextmanager
    def watching(self, connection: sa.Connection) -> Iterator[None]:
        """Within it what the connection carries out can be ended; what cleans up after it is not."""
        listening = (connection, "before_cursor_execute", self._refuse)
        with self._lock:
            self._connection = connection.connection.driver_connection
        sa.event.listen(*listening)
        try:
            yield
        finally:
            sa.event.remove(*listening)
            with self._lock:
                self._connection = None

    def _refuse(self, *_: Any) -> None:
        if self.asked:
            raise Interrupted
