from __future__ import annotations

import logging
from typing import Any

import pytest

from framework.telemetry import Log, redact


def test_a_log_that_nobody_writes_goes_through_logging_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    log = Log()
    log.info("quiet")
    with caplog.at_level(logging.WARNING):
        log.warning("loud", token="hunter2", error=LookupError("Bearer hunter2hunter2"))
    assert [(record.name, record.levelname) for record in caplog.records] == [("dspex", "WARNING")]
    assert "loud" in caplog.text
    assert "hunter2" not in caplog.text


def test_a_log_line_goes_to_its_writer(caplog: pytest.LogCaptureFixture) -> None:
    lines: list[Any] = []
    log = Log()
    log.written_by(lambda *line: lines.append(line))
    log.info("begun", job="7")
    log.error("crashed", job="7")
    assert lines == [("info", "begun", {"job": "7"}), ("error", "crashed", {"job": "7"})]
    assert caplog.records == []


@pytest.mark.parametrize(
    "text",
    [
        "Bearer abcdefgh12345678",
        "sk-proj-abcdefghijklmnop",
        "ghp_abcdefghijklmnop1234",
        "AKIAABCDEFGHIJKLMNOP",
        "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl",
    ],
)
def test_what_looks_like_a_key_is_cut_out_of_its_sentence(text: str) -> None:
    assert redact(f"it said {text}, then failed") == "it said [redacted], then failed"


@pytest.mark.parametrize("name", ["token", "access_token", "Api_Key", "apikey", "client_secret", "cookie"])
def test_a_name_that_says_secret_hides_any_value(name: str) -> None:
    assert redact("anything", name=name) == "[redacted]"


@pytest.mark.parametrize("name", ["max_tokens", "prompt_tokens", "tokenizer", "secretary"])
def test_a_name_that_only_resembles_one_does_not(name: str) -> None:
    assert redact(7, name=name) == 7


def test_lists_and_absent_values_keep_their_shape() -> None:
    assert redact([{"token": None, "n": 1}, ("a", "b")]) == [{"token": None, "n": 1}, ["a", "b"]]
