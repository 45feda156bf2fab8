"""The slots of a pool, taken by processes that were forked from the one that made them."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("queues", "processes", "takers"),
    [
        # Each its own slot, and one for whoever comes first; that of a process that was killed is free again.
        ("ab", 3, {"a": True, "a ": True, "a  ": False, "b": True, "b ": False, "a   ": True}),
        # Fewer processes than queues: all slots are common.
        ("abc", 2, {"a": True, "a ": True, "b": False, "c": True}),
    ],
)
async def test_a_queue_takes_its_own_slot_and_the_common_ones_never_anothers(
    queues: str, processes: int, takers: dict[str, bool]
) -> None:
    argv = ("-m", "tests.workers.holders", queues, str(processes), "".join(taker.strip() for taker in takers))
    script = await asyncio.create_subprocess_exec(sys.executable, *argv, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    said, _ = await script.communicate()
    assert json.loads(said.splitlines()[-1]) == list(takers.values())
