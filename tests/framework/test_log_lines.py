from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from framework.log_lines import configure_logging, drain
from framework.telemetry import log, span

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    yield
    configure_logging("warning")


def logged(capsys: Capture) -> list[dict[str, Any]]:
    """What was written to standard error."""
    drain()
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_span_is_one_line_with_its_attributes_its_time_and_its_outcome(capsys: Capture) -> None:
    configure_logging()
    with span("Program.create", actor="user:7", count=2, tenant=None):
        pass
    (line,) = logged(capsys)
    assert line["duration_ms"] >= 0
    assert {key: line[key] for key in line if key not in ("duration_ms", "timestamp")} == {
        "event": "Program.create",
        "actor": "user:7",
        "count": 2,
        "outcome": "ok",
        "level": "info",
    }


def test_a_span_that_fails_says_how_and_the_error_goes_on(capsys: Capture) -> None:
    configure_logging()
    with pytest.raises(LookupError), span("Program.create"):
        raise LookupError
    assert [line["outcome"] for line in logged(capsys)] == ["LookupError"]


def test_quieter_levels_are_left_out(capsys: Capture) -> None:
    configure_logging("warning")
    log.info("quiet")
    log.warning("loud")
    assert [line["event"] for line in logged(capsys)] == ["loud"]


def test_the_console_style_is_for_people(capsys: Capture) -> None:
    configure_logging(style="console")
    log.info("hello", name="you")
    drain()
    written = capsys.readouterr().err
    assert "hello" in written
    assert not written.startswith("{")


def test_an_error_is_logged_with_its_trace(capsys: Capture) -> None:
    configure_logging()
    try:
        raise LookupError("lost")
    except LookupError as error:
        log.error("failed", exc_info=error)
    (line,) = logged(capsys)
    assert "LookupError: lost" in line["exception"]


def test_no_secret_reaches_a_line(capsys: Capture) -> None:
    configure_logging()
    with span("connect", api_key="hunter2", url="postgresql://me:hunter2@there/db"):
        log.info("header", authorization="Bearer hunter2hunter2", nested={"password": "hunter2", "user": "me"})
    header, connect = logged(capsys)
    assert "hunter2" not in f"{header}{connect}"
    assert header["nested"] == {"password": "[redacted]", "user": "me"}


def test_what_a_library_logs_is_a_line_like_ours_with_its_trace(capsys: Capture) -> None:
    configure_logging()
    try:
        raise LookupError("lost")
    except LookupError:
        logging.getLogger("library").exception("it %s", "failed")
    (line,) = logged(capsys)
    assert (line["event"], line["logger"], line["level"]) == ("it failed", "library", "error")
    assert "LookupError: lost" in line["exception"]


def test_a_mistake_in_what_is_logged_fails_nobody(capsys: Capture) -> None:
    class Unshowable:
        def __repr__(self) -> str:
            raise LookupError

    configure_logging()
    log.info("begun", value=Unshowable())
    (line,) = logged(capsys)
    assert (line["event"], line["unshown"]) == ("begun", "LookupError")


def test_a_library_that_fits_no_values_to_its_words_fails_nobody(capsys: Capture) -> None:
    lines = configure_logging()
    lines.emit(logging.LogRecord("library", logging.WARNING, __file__, 1, "%d of %d", (1,), None))
    (line,) = logged(capsys)
    assert line["event"] == "%d of %d"
