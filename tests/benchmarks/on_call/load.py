"""The load of a busy day, from a process of its own: `python -m tests.benchmarks.on_call.load PLAN`.

Thirty executions a second, an import of 100,000 lines each minute, a search every ten seconds, and 500 subscribers,
each with a WebSocket of its own, one in a hundred told of every execution and the others of one dataset each.
It says a line once all of them listen, and what it saw as JSON when it ends. It writes what is timed beside the API, so
that it knows the moment of the commit: a subscriber's lag is from there to its having the item.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import orjson

from tests.benchmarks.connection import Ask, BadAnswer, answer
from tests.benchmarks.figure import rounded
from tests.benchmarks.on_call.imports import imported
from tests.benchmarks.on_call.subscribers import Subscribers
from tests.benchmarks.on_call.timed_writes import lags, timed_writes

WRITE_EVERY = 0.2
# Of the time, before what subscribers wait counts: as with memory, what is cold at first is not what a day is like.
WARMING_PART = 0.1


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom to ask, for how long, how often in seconds, and about what: 0 is never."""

    port: int
    seconds: float
    program: str
    datasets: Sequence[str]
    search: dict[str, Any]
    subscribers: int = 500
    execute_every: float = 1 / 30
    import_every: float = 60.0
    search_every: float = 10.0

    def at_rest(self, seconds: float) -> Plan:
        """One subscriber, and nobody else."""
        return replace(self, seconds=seconds, subscribers=1, execute_every=0.0, import_every=0.0, search_every=0.0)

    def as_json(self) -> str:
        """It as the one word of the command."""
        return orjson.dumps(asdict(self)).decode()


@dataclass(slots=True)
class Load:
    """What is going on, and what came of it."""

    plan: Plan
    until: float
    executions: list[float] = field(default_factory=list)
    imports: list[float] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    searches: int = 0
    late: float = 0.0
    going_on: set[asyncio.Task[None]] = field(default_factory=set)

    async def execute(self, number: int) -> None:
        """One execution."""
        body = {"inputs": {"ticket": f"I was charged twice, order {number}"}}
        began = time.perf_counter()
        await self._asked(Ask(self.plan.port, f"/api/programs/{self.plan.program}/execute", body))
        self.executions.append(time.perf_counter() - began)

    async def bring_in(self) -> None:
        """All imports, by a process of their own."""
        if self.plan.import_every:
            said = await imported(self.plan.port, self.plan.import_every, self.plan.seconds)
            self.imports.extend(said["took"])
            self.failed.update(said["failed"])

    async def search(self, number: int) -> None:
        """One search, which a worker carries out."""
        await self._asked(Ask(self.plan.port, "/api/optimizations", {**self.plan.search, "seed": number}))
        self.searches += 1

    async def again(self, do: Any, every: float) -> None:
        """Does it at even intervals, whether the last one was answered or not."""
        began, number = time.monotonic(), 0
        while every and (due := began + number * every) < self.until:
            await asyncio.sleep(due - time.monotonic())
            self.late = max(self.late, time.monotonic() - due)
            self._begin(do(number))
            number += 1

    def _begin(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._noted(coroutine))
        self.going_on.add(task)
        task.add_done_callback(self.going_on.discard)

    async def _noted(self, coroutine: Coroutine[Any, Any, None]) -> None:
        try:
            await coroutine
        except (BadAnswer, OSError, EOFError) as error:
            self.failed[f"{type(error).__name__}: {str(error)[:120]}"] += 1

    async def _asked(self, ask: Ask) -> Any:
        return await answer(ask)


async def main(plan: Plan) -> dict[str, Any]:
    """All of it, for as long as the plan says."""
    subscribers = Subscribers(plan.port, plan.datasets)
    async with timed_writes() as timed, subscribers.listening(plan.subscribers):
        _say({"listening": plan.subscribers})
        warm = time.perf_counter() + plan.seconds * WARMING_PART
        load = Load(plan, time.monotonic() + plan.seconds)
        await asyncio.gather(
            load.again(load.execute, plan.execute_every),
            load.bring_in(),
            load.again(load.search, plan.search_every),
            timed.write(subscribers, WRITE_EVERY, until=load.until),
        )
        await asyncio.gather(*load.going_on)
        await asyncio.sleep(1)
    return {
        "lag_ms": percentiles(lags(subscribers.seen, timed.done, warm)),
        "lag_with_commit_ms": percentiles(lags(subscribers.seen, timed.sent, warm)),
        "commit_ms": percentiles(timed.commits),
        "told": subscribers.told,
        "cut_off": subscribers.cut_off,
        "executions": len(load.executions),
        "execute_ms": percentiles([1000 * took for took in load.executions]),
        "imports": len(load.imports),
        "import_s": percentiles(load.imports),
        "searches": load.searches,
        "failed": dict(load.failed),
        "generator_late_ms": rounded(1000 * load.late),
    }


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(orjson.dumps(what).decode() + "\n")
    sys.stdout.flush()


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """The middle one, the 99th of a hundred, and the worst."""
    ordered = sorted(values) or [0.0]
    last = len(ordered) - 1
    return {name: rounded(ordered[round(last * part)]) for name, part in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))}


if __name__ == "__main__":
    _say(asyncio.run(main(Plan(**orjson.loads(sys.argv[1])))))
