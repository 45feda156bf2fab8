"""Logs that are bounded while their servers write on."""

from __future__ import annotations

from pathlib import Path

from framework.embedded.log_files import LogBounds, bound


def test_a_log_that_has_become_too_large_goes_on_empty_and_the_oldest_goes(tmp_path: Path) -> None:
    log, bounds = tmp_path / "postgres.log", LogBounds(file_bytes=10, files=3)
    with log.open("ab", buffering=0) as server:
        for word in (b"first" * 3, b"second" * 3, b"third" * 3, b"last"):
            server.write(word)
            bound(log, bounds)
    kept = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    assert kept == {"postgres.log": b"last", "postgres.log.1": b"third" * 3, "postgres.log.2": b"second" * 3}


def test_where_one_file_is_kept_it_is_emptied(tmp_path: Path) -> None:
    log = tmp_path / "redis.log"
    log.write_text("x" * 100)
    bound(log, LogBounds(file_bytes=10, files=1))
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"redis.log": b""}
