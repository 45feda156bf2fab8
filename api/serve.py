"""Serves the application until it is told to stop."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import uvicorn

from api.app import create_app
from framework.runtime.heap import freeze_heap
from framework.settings import Settings
from framework.spec.domain import DomainSpec

GRACE_SECONDS = 3


def serve(domain: DomainSpec, settings: Settings, migrations: Sequence[Path] = ()) -> None:
    """Blocks until a signal; open streams get a moment to end. The folders have the steps that it knows."""
    uvicorn.run(
        create_app(domain, settings, migrations=migrations, when_loaded=freeze_heap),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ws="websockets-sansio",
        ws_max_size=settings.max_body_bytes,
    )
