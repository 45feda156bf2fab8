"""Bench `startup`: the API from exec to its first 200, and what declaring costs to import."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence

from tests.benchmarks.figure import Figure, Peer
from tests.benchmarks.installation import Installation
from tests.benchmarks.process import ROOT, serving

ROUNDS = 5
IMPORTS = 7
TARGET_SECONDS = 0.6
HEAVY = "import sqlalchemy, strawberry, fastapi, celery"
LINE = re.compile(r"^import time:\s*(\d+) \|")


async def startup(place: Installation) -> Sequence[Figure]:
    """Ours beside the hand-written service, each started anew for every run."""
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(ROUNDS + 1):
        for program, took in ((place.api, ours), (place.peer, theirs)):
            async with serving(program) as served:
                # The first run writes byte code.
                if number:
                    took.append(served.seconds)
    return [Figure("startup_api", ours, Peer("the hand-written service", theirs), "s"), _imports()]


def _imports() -> Figure:
    ours: list[float] = []
    heavy: list[float] = []
    for number in range(IMPORTS + 1):
        here, there = _import_seconds("import framework, resources"), _import_seconds(HEAVY)
        if number:
            ours.append(here)
            heavy.append(there)
    figure = Figure("startup_import", ours, Peer(HEAVY, heavy), "s")
    return figure.aiming(f"under {TARGET_SECONDS:g} s", met=figure.value < TARGET_SECONDS)


def _import_seconds(statement: str) -> float:
    """What `-X importtime` adds up to, without what an empty program imports."""
    return (_importtime(statement) - _importtime("pass")) / 1_000_000


def _importtime(statement: str) -> int:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", statement],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    )
    return sum(int(found[1]) for line in done.stderr.splitlines() if (found := LINE.match(line)))
