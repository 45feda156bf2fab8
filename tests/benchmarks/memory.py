"""Bench `memory`: the API process idle, and what each program that is built takes."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack

from tests.benchmarks.figure import Figure, Peer
from tests.benchmarks.installation import Installation
from tests.benchmarks.process import ROOT, serving

ROUNDS = 3
TARGET_MB = 50.0


async def memory(place: Installation) -> Sequence[Figure]:
    """The API once DSPy and all else is loaded; the growth of a process over fifty programs, divided by fifty."""
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):
        async with AsyncExitStack() as stack:
            api = await stack.enter_async_context(serving(place.api))
            peer = await stack.enter_async_context(serving(place.peer))
            ours.append(await api.idle_rss())
            theirs.append(await peer.idle_rss())
    return [
        Figure("memory_api_idle", ours, Peer("the hand-written service, which holds no DSPy", theirs), "MB"),
        await _programs(),
    ]


async def _programs() -> Figure:
    ours = [await _growth("ours") for _ in range(ROUNDS)]
    bare = [await _growth("bare") for _ in range(ROUNDS)]
    figure = Figure(
        "memory_built_program",
        [rss for rss, _ in ours],
        Peer("a bare dspy.ChainOfThought that knows the same", [rss for rss, _ in bare]),
        "MB",
        details={"traced_mb": ours[0][1], "peer_traced_mb": bare[0][1]},
    )
    return figure.aiming(f"under {TARGET_MB:g} MB", met=figure.value < TARGET_MB)


async def _growth(whose: str) -> tuple[float, float]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.benchmarks.built_programs", whose, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    found = json.loads(said)
    return float(found["rss_mb"]), float(found["traced_mb"])
