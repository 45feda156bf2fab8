"""A process that a worker has forked and that hangs is ended, so that Celery forks another in its place."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


async def test_a_child_that_was_stopped_or_blocks_its_loop_is_ended_and_no_other() -> None:
    argv = ("-m", "tests.workers.hanging")
    script = await asyncio.create_subprocess_exec(sys.executable, *argv, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    said, _ = await script.communicate()
    assert json.loads(said.splitlines()[-1]) == ["blocked", "stopped"]
