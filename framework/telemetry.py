"""One span and one log line for each action, with no secret in either.

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

NAME = "dspex"
Write = Callable[[str, str, Mapping[str, Any]], object]

tracer = trace.get_tracer(NAME)


class Log:
    """Log lines, each an event with fields. A process that configures its logging says who writes them."""

    def __init__(self) -> None:
        self._write: Write = _plainly

    def written_by(self, write: Write) -> Write:
        """From now on, lines are given to `write`; gives who had them before."""
        before, self._write = self._write, write
        return before

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


def _plain(value: Any) -> str | bool | int | float:
    """A span's attributes are plain values."""
    return value if isinstance(value, str | bool | int | float) else str(value)


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)


def _plainly(level: str, event: str, fields: Mapping[str, Any]) -> None:
    """As any library does: through `logging`, which shows warnings and errors, and without a traceback's variables."""
    said = {key: str(value) if isinstance(value, BaseException) else value for key, value in fields.items()}
    logging.getLogger(NAME).log(logging.getLevelNamesMapping()[level.upper()], "%s %s", redact(event), redact(said))


log = Log()
