"""Connections to PostgreSQL that do not wait for ever for a server that says nothing.

A server that was stopped as a whole, or whose machine has gone, closes no connection: its timeouts end nothing then.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa

T = TypeVar("T")
CONNECT_SECONDS = 5.0
# For how long a server that is asked to give a statement up may take to hear of it, and then to say so.
CANCEL_SECONDS = 2.0
# How often the driver comes by while it waits.
INTERVAL_SECONDS = 0.1
# For machines that have gone: asked after 10 seconds of silence, and given up after three questions; what was sent and
# nobody acknowledged, after 20. Over a Unix socket they mean nothing.
SOCKET = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000}


def connect_arguments(url: sa.URL) -> dict[str, Any]:
    """Bounds of the socket and of connecting, but for what the address itself says."""
    bounds = {"connect_timeout": round(CONNECT_SECONDS), **SOCKET}
    return {name: value for name, value in bounds.items() if name not in url.query}


class AnsweringConnection(psycopg.AsyncConnection[Any]):
    """A connection that is closed when the server says nothing for `silence` seconds while it is waited for.

    It is told for how long once it is set up; until then it has the time that connecting has.
    """

    silence: float | None = CONNECT_SECONDS

    async def wait(self, gen: Generator[Any, Any, T], *more: Any, **named: Any) -> T:
        """What the exchange with the server gives."""
        silence = self.silence
        try:
            return await super().wait(self._patient(gen), *more, **named)
        except _SilentError:
            self.pgconn.finish()
            raise
        finally:
            # A statement that was given up had less time to end.
            self.silence = silence

    async def cancel_safe(self, *, timeout: float = CANCEL_SECONDS) -> None:  # noqa: ASYNC109 - the driver's
        """Asks the server to give the statement up; it has little time to say that it did."""
        self.silence = CANCEL_SECONDS
        await super().cancel_safe(timeout=min(timeout, CANCEL_SECONDS))

    def _patient(self, exchange: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        """The exchange, unless nothing comes for so long.

        Counted in looks and not by the clock: a process that was stopped itself looks before it gives up.
        """
        looks = 0
        try:
            wanted = next(exchange)
            while True:
                ready = yield wanted
                looks = 0 if ready else looks + 1
                if self.silence is not None and looks * INTERVAL_SECONDS > self.silence:
                    raise _SilentError(f"the server has said nothing for {self.silence:g} seconds")
                wanted = exchange.send(ready)
        except StopIteration as end:
            given: T = end.value
            return given


class _SilentError(psycopg.OperationalError):
    """The server has said nothing."""
