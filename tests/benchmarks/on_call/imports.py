"""Imports of 100,000 lines at even intervals: `python -m tests.benchmarks.on_call.imports PORT EVERY SECONDS`.

By themselves, as a body of ten megabytes holds up whoever makes it, and what else that one has to do is timed.
It says how many seconds each took, and what failed, as JSON.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import orjson

from tests.benchmarks.connection import Ask, BadAnswer, answer
from tests.benchmarks.contents import TEAMS
from tests.benchmarks.process import ROOT

LINES = 100_000


@dataclass(frozen=True, slots=True)
class Imports:
    """What they took in seconds, and how often what went wrong."""

    took: list[float] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)

    async def bring_in(self, port: int, content: str) -> None:
        """One import, into a dataset of its own."""
        try:
            made = await answer(Ask(port, "/api/datasets", {"name": f"file {time.time_ns()}"}))
            ask = Ask(port, f"/api/datasets/{made['id']}/import-examples", {"content": content})
            began = time.perf_counter()
            report = await answer(ask)
        except (BadAnswer, OSError, EOFError) as error:
            self.failed[f"{type(error).__name__}: {str(error)[:120]}"] += 1
            return
        if report["added"] == LINES:
            self.took.append(time.perf_counter() - began)


async def imported(port: int, every: float, seconds: float) -> Any:
    """What a process of its own says of them once they are over."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.on_call.imports", str(port), str(every), str(seconds)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise BadAnswer("the imports were not carried out to their end")
    return orjson.loads(said)


async def main(port: int, every: float, seconds: float) -> Imports:
    """All of them, whether the last one was answered or not."""
    imports, content, began = Imports(), _content(), time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        for number in range(ceil(seconds / every)):
            await asyncio.sleep(began + number * every - time.monotonic())
            tasks.create_task(imports.bring_in(port, content))
    return imports


def _content() -> str:
    """A file of short lines, below the bound of a body."""
    return "\n".join(
        orjson.dumps(
            {
                "inputs": {"ticket": f"order {line:06} of this file is late"},
                "labels": {"team": TEAMS[line % len(TEAMS)]},
            }
        ).decode()
        for line in range(LINES)
    )


if __name__ == "__main__":
    done = asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])))
    sys.stdout.write(orjson.dumps({"took": done.took, "failed": done.failed}).decode() + "\n")
