"""One span and one log line for each action, with no secret in either."""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog
from opentelemetry import trace

REDACTED = "[redacted]"
# Names that say "secret", and values that look like one: a key of a known shape, or a password in an address.
SECRET_NAME = re.compile(
    r"(?:^|_)(?:password|passwd|secret|token|api_?key|authorization|credentials?|cookie)$", re.IGNORECASE
)
SECRET_TEXT = re.compile(
    r"\b(?:sk|pk|rk|ghp|gho|xox[abp])[-_][A-Za-z0-9_-]{12,}|\bAKIA[0-9A-Z]{16}\b"
    r"|\bBearer\s+[A-Za-z0-9._~+/-]{8,}=*|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"
)

tracer = trace.get_tracer("dspex")
log: structlog.stdlib.BoundLogger = structlog.get_logger("dspex")


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


@contextmanager
def span(name: str, **attributes: Any) -> Iterator[trace.Span]:
    """The time a piece of work takes, as a span and as a log line; more attributes can be set on the span meanwhile."""
    clean = {key: redact(value, name=key) for key, value in attributes.items() if value is not None}
    started = time.perf_counter()
    with tracer.start_as_current_span(name, attributes={key: _plain(value) for key, value in clean.items()}) as current:
        try:
            yield current
        except BaseException as error:
            log.info(name, **clean, duration_ms=_since(started), outcome=type(error).__name__)
            raise
        log.info(name, **clean, duration_ms=_since(started), outcome="ok")


def redact(value: Any, *, name: str = "") -> Any:
    """The same value without what its name or its look says is secret."""
    if value is not None and SECRET_NAME.search(name):
        return REDACTED
    if isinstance(value, str):
        return SECRET_TEXT.sub(REDACTED, value)
    if isinstance(value, Mapping):
        return {key: redact(item, name=str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    return value


def _redact_event(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: redact(value, name=key) for key, value in event.items()}


def _plain(value: Any) -> str | bool | int | float:
    """A span's attributes are plain values."""
    return value if isinstance(value, str | bool | int | float) else str(value)


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)


# Until a process says otherwise: structlog's own default writes to standard output, with every local variable
# of a traceback, and those may be secrets.
if not structlog.is_configured():
    configure_logging("warning")
