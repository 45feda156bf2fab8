"""Serves the application until it is told to stop."""

from __future__ import annotations

import uvicorn

from api.app import create_app
from framework.runtime.heap import freeze_heap
from framework.settings import Settings
from framework.spec.domain import DomainSpec

GRACE_SECONDS = 3


def serve(domain: DomainSpec, settings: Settings) -> None:
    """Blocks until a signal; open streams get a moment to end."""
    uvicorn.run(
        create_app(domain, settings, when_loaded=freeze_heap),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ws="websockets-sansio",
        ws_max_size=settings.max_body_bytes,
    )
