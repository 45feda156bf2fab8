"""Spans and log lines, with no secret in either, and the way of a trace from one process to the next.

What renders the lines (framework.log_lines) is loaded by processes, not by declarations: it is a quarter of their
time to import.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

REDACTED = "[redacted]"
# Names that say "secret", and values that look like one: a key of a known shape, or a password in an address.
SECRET_NAME = re.compile(
    r"(?:^|_)(?:password|passwd|secret|token|api_?key|authorization|credentials?|cookie)$", re.IGNORECASE
)
SECRET_TEXT = re.compile(
    r"\b(?:sk|pk|rk|ghp|gho|xox[abp])[-_][A-Za-z0-9_-]{12,}|\bAKIA[0-9A-Z]{16}\b"
    r"|\bBearer\s+[A-Za-z0-9._~+/-]{8,}=*|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"
)

NAME = "dspex"
# How long the end of a process waits for whoever collects spans.
FLUSH_MS = 2_000
Write = Callable[[str, str, Mapping[str, Any]], object]

tracer = trace.get_tracer(NAME)
# As W3C Trace Context writes the place in a trace; nothing else is carried, as baggage would be.
PARENT, propagator = "traceparent", TraceContextTextMapPropagator()


class Log:
    """Log lines, each an event with fields. A process that configures its logging says who writes them."""

    def __init__(self) -> None:
        self._write: Write = _plainly

    def written_by(self, write: Write) -> Write:
        """From now on, lines are given to `write`; gives who had them before."""
        before, self._write = self._write, write
        return before

    def debug(self, event: str, **fields: Any) -> None:
        """Something that is looked at when what went on is asked for."""
        self._write("debug", event, fields)

    def info(self, event: str, **fields: Any) -> None:
        """Something went as it should."""
        self._write("info", event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        """Something needed a second try, or will."""
        self._write("warning", event, fields)

    def error(self, event: str, **fields: Any) -> None:
        """Something broke."""
        self._write("error", event, fields)


@contextmanager
def span(name: str, **attributes: Any) -> Iterator[trace.Span]:
    """The time a piece of work takes, as a span and as a log line; more attributes can be set on the span meanwhile."""
    clean = {key: redact(value, name=key) for key, value in attributes.items() if value is not None}
    started = time.perf_counter()
    try:
        with traced(name, **clean) as current:
            yield current
    except BaseException as error:
        log.info(name, **clean, duration_ms=_since(started), outcome=type(error).__name__)
        raise
    log.info(name, **clean, duration_ms=_since(started), outcome="ok")


@contextmanager
def traced(name: str, kind: trace.SpanKind = trace.SpanKind.INTERNAL, **attributes: Any) -> Iterator[trace.Span]:
    """The time a piece of work takes, as a span alone. Of an error it has the name: its message may hold anything."""
    current = begun(name, kind, **attributes)
    try:
        with trace.use_span(current, record_exception=False, set_status_on_exception=False):
            yield current
    except BaseException as error:
        over(current, error)
        raise
    over(current)


def begun(
    name: str, kind: trace.SpanKind = trace.SpanKind.INTERNAL, within: contexts.Context | None = None, **attributes: Any
) -> trace.Span:
    """A span that whoever began it ends by `over`; below the one of `within`, or of here."""
    clean = {key: _plain(redact(value, name=key)) for key, value in attributes.items() if value is not None}
    return tracer.start_span(name, context=within, kind=kind, attributes=clean)


def over(ended: trace.Span, error: BaseException | None = None) -> None:
    """It has ended so."""
    if error is not None:
        ended.set_attribute("error.type", type(error).__name__)
        ended.set_status(trace.StatusCode.ERROR)
    ended.end()


def here() -> contexts.Context | None:
    """The place in the trace, for work that goes on in a thread that knows nothing of it; None outside of any."""
    return contexts.get_current() if trace.get_current_span().get_span_context().is_valid else None


def carried() -> dict[str, str]:
    """The place in the trace as it is kept or sent; nothing outside of any."""
    carrier: dict[str, str] = {}
    propagator.inject(carrier)
    return {PARENT: carrier[PARENT]} if PARENT in carrier else {}


@contextmanager
def continuing(carrier: Mapping[str, Any]) -> Iterator[None]:
    """What happens in the block belongs to the trace that was carried here; to one of its own where none was."""
    parent = carrier.get(PARENT)
    token = contexts.attach(propagator.extract({PARENT: parent} if isinstance(parent, str) else {}))
    try:
        yield
    finally:
        contexts.detach(token)


def flush() -> None:
    """Sends what spans are still kept here, before a process ends that runs nothing at its end."""
    force = getattr(trace.get_tracer_provider(), "force_flush", None)
    if force is not None:
        force(FLUSH_MS)


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


def _plain(value: Any) -> AttributeValue:
    """A span's attributes are plain values."""
    return value if isinstance(value, str | bool | int | float) else str(value)


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)


def _plainly(level: str, event: str, fields: Mapping[str, Any]) -> None:
    """As any library does: through `logging`, which shows warnings and errors, and without a traceback's variables."""
    said = {key: str(value) if isinstance(value, BaseException) else value for key, value in fields.items()}
    logging.getLogger(NAME).log(logging.getLevelNamesMapping()[level.upper()], "%s %s", redact(event), redact(said))


log = Log()
