"""What is logged meanwhile, as it is before what looks like a secret is taken out of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from framework.telemetry import log


@contextmanager
def logged(level: str = "warning") -> Iterator[list[dict[str, Any]]]:
    """Every line of ours from that level on, as its fields with `event` and `level`; nothing of it is written."""
    levels = logging.getLevelNamesMapping()
    lines: list[dict[str, Any]] = []

    def write(of: str, event: str, fields: Mapping[str, Any]) -> None:
        if levels[of.upper()] >= levels[level.upper()]:
            lines.append({**fields, "event": event, "level": of})

    before = log.written_by(write)
    try:
        yield lines
    finally:
        log.written_by(before)
