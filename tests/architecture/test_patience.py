"""Tests wait as long as it takes: a machine that is busy with others is slow, and nothing is wrong with it."""

from __future__ import annotations

import re
from pathlib import Path

# A bound in seconds, written where something is waited for. `framework.testing.until.PATIENCE` is the one of all tests.
BOUND = re.compile(
    r"wait_for\(.*, (?:timeout=)?(?P<given>[\d.]+)\)"
    r"|asyncio\.timeout\((?P<within>[\d.]+)\)"
    r"|\buntil\(.*seconds=(?P<until>[\d.]+)"
    r"|(?:communicate|wait|wait_procs|Client)\(.*timeout=(?P<process>[\d.]+)"
    r"|\.wait, (?P<thread>[\d.]+)\)"
)
LEAST_SECONDS = 30.0


def test_no_test_gives_up_soon(root: Path) -> None:
    hasty = [
        f"{path.relative_to(root)}:{number}: {line.strip()}"
        for path in sorted((root / "tests").rglob("*.py"))
        if "benchmarks" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for found in BOUND.finditer(line)
        if float(next(filter(None, found.groups()))) < LEAST_SECONDS
    ]
    assert hasty == []
