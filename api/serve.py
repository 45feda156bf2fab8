"""Serves the application until it is told to stop."""

from __future__ import annotations

import asyncio
import resource
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from api.app import create_app
from api.connections import BoundedHttp, BoundedWebSocket, ConnectionBounds, look_at
from api.exposure import refuse_exposed
from framework.processes.kept import ALONE, Kept
from framework.processes.stopping import Stopping
from framework.runtime.heap import collect_all_seldom, freeze_heap
from framework.settings import Settings
from framework.spec.domain import DomainSpec

# How long executions may go on before whoever waits for them is told that they are interrupted, and how long all that
# is open has in all.
FINISH_SECONDS, GRACE_SECONDS = 3, 5
DID_NOT_START = 3
# For how long a thread may keep the interpreter that the event loop waits for: each statement that it sends lets go of
# it, and five milliseconds, which is Python's own, are as long as many requests take.
SWITCH_SECONDS = 0.0005
# Of a tenth of a second.
LOOK_TICKS = 5
# Beside connections of clients: of the database, of Redis, of models, and files.
OTHER_FILES = 500


class Server(uvicorn.Server):
    """A server whose executions end before it does: finished, or told to have been interrupted."""

    def __init__(self, config: uvicorn.Config, stopping: Stopping) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def on_tick(self, counter: int) -> bool:
        """Looks at the connections twice a second, and whether it is to end."""
        if counter % LOOK_TICKS == 0:
            look_at(self.server_state.connections, asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends it in order."""
        self._stopping.announce()
        asyncio.get_running_loop().call_later(FINISH_SECONDS, self._stopping.begin)
        await super().shutdown(sockets)


def serve(domain: DomainSpec, settings: Settings, migrations: Sequence[Path] = (), kept: Kept = ALONE) -> None:
    """Blocks until a signal; open streams get a moment to end. The folders have the steps that it knows."""
    if not settings.is_local:
        asyncio.run(refuse_exposed(domain, settings))
    app = create_app(domain, settings, migrations=migrations, when_loaded=freeze_heap, kept=kept)
    collect_all_seldom()
    sys.setswitchinterval(SWITCH_SECONDS)
    allow_files(settings.max_sockets + OTHER_FILES)
    server = Server(configured(app, settings), app.state.stopping)
    shared = None if kept.shared is None else [socket.socket(fileno=kept.shared.socket)]
    with suppress(KeyboardInterrupt):
        server.run(shared)
    if not server.started:
        sys.exit(DID_NOT_START)


def configured(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """How an application is served: by connections that are bounded."""
    bounds = ConnectionBounds.of(settings)
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        # Whom a proxy speaks for is worked out by ourselves, for those proxies alone that the settings name.
        proxy_headers=False,
        server_header=False,
        # What it logs is written with our lines.
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        http=cast("type[asyncio.Protocol]", partial(BoundedHttp, bounds)),
        ws=cast("type[asyncio.Protocol]", partial(BoundedWebSocket, bounds)),
        ws_max_size=settings.max_body_bytes,
    )


def allow_files(most: int) -> None:
    """Lets this process open so many files at once, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
