"""How log lines look: JSON for machines, words for people on a console; on standard error, with no secret in them.

Lines of ours and of the libraries, warnings and tracebacks that nobody caught included, are written alike.
"""

from __future__ import annotations

import io
import logging
import sys
import threading
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog

from framework.log_writer import LogWriter
from framework.telemetry import log, redact

Event = MutableMapping[str, Any]


class Lines(logging.Handler):
    """Where everything that is logged in a process goes: `written` for ours, `emit` for what libraries log."""

    def __init__(self, level: int, renderer: Any) -> None:
        super().__init__(level)
        self._processors = (
            structlog.contextvars.merge_contextvars,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _redact_event,
            renderer,
        )
        self.writer = LogWriter(_standard_error(), self._lost)

    def written(self, level: str, event: str, fields: Mapping[str, Any]) -> None:
        """Writes a line, unless it is below the level. Whatever its fields are, nothing is raised."""
        if logging.getLevelNamesMapping()[level.upper()] >= self.level:
            self.writer.write(self._line({**fields, "event": event, "level": level}))

    def emit(self, record: logging.LogRecord) -> None:
        """Writes what a library logged."""
        event: dict[str, Any] = {"event": _message(record), "level": record.levelname.lower(), "logger": record.name}
        if record.exc_info:
            event["exc_info"] = record.exc_info
        self.writer.write(self._line(event))

    def close(self) -> None:
        """Writes what waits, and ends."""
        self.writer.close()
        super().close()

    def _line(self, event: Event) -> str:
        said = event["event"]
        try:
            for process in self._processors:
                event = process(None, "", event)
        except Exception as error:  # noqa: BLE001 - a value that cannot be shown is no reason to fail what is logged
            return self._line({"event": said, "level": "error", "unshown": type(error).__name__})
        return str(event)

    def _lost(self, lines: int) -> str:
        return self._line({"event": "log.lost", "level": "warning", "lines": lines})


def _standard_error() -> TextIO:
    """Standard error, without the buffer and the lock that it shares with everybody else who writes to it.

    Whoever flushes it at the end of a process would wait for a reader that may never come, and a process that is
    forked while a line is written would have a lock that nobody lets go of.
    """
    if sys.stderr is not sys.__stderr__ or sys.stderr is None:
        return sys.stderr
    raw: Any = io.FileIO(sys.stderr.fileno(), "w", closefd=False)
    return io.TextIOWrapper(raw, sys.stderr.encoding, "backslashreplace", newline="\n", write_through=True)


def configure_logging(level: str = "info", *, style: str = "json") -> Lines:
    """Write log lines to standard error, as JSON or, with the style `"console"`, for people."""
    renderer: Any = structlog.dev.ConsoleRenderer()
    if style == "json":
        renderer = structlog.processors.JSONRenderer(default=repr)
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, Lines)]:
        root.removeHandler(handler)
        handler.close()
    lines = Lines(logging.getLevelNamesMapping()[level.upper()], renderer)
    root.addHandler(lines)
    # Libraries tell a server's operator of what is wrong, and nothing else: what they do all day is in our lines.
    root.setLevel(max(lines.level, logging.WARNING))
    logging.captureWarnings(capture=True)
    log.written_by(lines.written)
    return lines


def drain() -> None:
    """Returns when all that was logged is written."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, Lines):
            handler.writer.drain()


def log_uncaught() -> None:
    """Has what no code catches written as a line too, and not as a traceback of many."""
    sys.excepthook = _uncaught
    threading.excepthook = lambda of: _uncaught(of.exc_type, of.exc_value, of.exc_traceback)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - a library's mistake in its own message
        return str(record.msg)


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if error is not None and not issubclass(kind, KeyboardInterrupt):
        log.error("uncaught", exc_info=(kind, error, trace))


def _redact_event(_: Any, __: str, event: Event) -> Event:
    return {key: redact(value, name=key) for key, value in event.items()}
