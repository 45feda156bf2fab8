"""How log lines look: JSON for machines, words for people on a console; on standard error, with no secret in them."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

from framework.telemetry import NAME, log, redact

_logger: Any = structlog.get_logger(NAME)


def configure_logging(level: str = "info", *, style: str = "json") -> None:
    """Write log lines to standard error, as JSON or, with the style `"console"`, for people."""
    renderer = structlog.processors.JSONRenderer() if style == "json" else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _redact_event,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    log.written_by(_write)


def _write(level: str, event: str, fields: Mapping[str, Any]) -> None:
    getattr(_logger, level)(event, **fields)


def _redact_event(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: redact(value, name=key) for key, value in event.items()}
