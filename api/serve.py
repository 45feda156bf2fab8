"""Serves the application until it is told to stop."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import uvicorn

from api.app import create_app
from framework.processes.kept import ALONE, Kept
from framework.processes.stopping import Stopping
from framework.runtime.heap import freeze_heap
from framework.settings import Settings
from framework.spec.domain import DomainSpec

# How long executions may go on before whoever waits for them is told that they are interrupted, and how long all that
# is open has in all.
FINISH_SECONDS, GRACE_SECONDS = 3, 5
DID_NOT_START = 3


class Server(uvicorn.Server):
    """A server whose executions end before it does: finished, or told to have been interrupted."""

    def __init__(self, config: uvicorn.Config, stopping: Stopping) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends it in order."""
        asyncio.get_running_loop().call_later(FINISH_SECONDS, self._stopping.begin)
        await super().shutdown(sockets)


def serve(domain: DomainSpec, settings: Settings, migrations: Sequence[Path] = (), kept: Kept = ALONE) -> None:
    """Blocks until a signal; open streams get a moment to end. The folders have the steps that it knows."""
    app = create_app(domain, settings, migrations=migrations, when_loaded=freeze_heap, kept=kept)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        # What it logs is written with our lines.
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ws="websockets-sansio",
        ws_max_size=settings.max_body_bytes,
    )
    server = Server(config, app.state.stopping)
    shared = None if kept.shared is None else [socket.socket(fileno=kept.shared.socket)]
    with suppress(KeyboardInterrupt):
        server.run(shared)
    if not server.started:
        sys.exit(DID_NOT_START)
