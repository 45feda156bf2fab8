"""Bench `on_call_searches`: how many small searches a worker is done with in a minute, when a thousand wait for it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import orjson

from framework.lm.programs.signature import signature_of
from framework.lm.signatures.grammar import parse_signature
from framework.testing.until import until
from tests.benchmarks.connection import Ask, BadAnswer, answer, connected
from tests.benchmarks.contents import TEAMS, TEXT
from tests.benchmarks.figure import Better, Figure, Peer
from tests.benchmarks.installation import Installation
from tests.benchmarks.peers.dspy_search import NAME, searched
from tests.benchmarks.process import running, serving

SEARCHES = int(os.environ.get("SEARCHES", "1000"))
CONNECTIONS, LOOK_SECONDS, FOR_EVER, PEER_SEARCHES = 4, 0.5, 86_400.0, 20
TARGET_A_MINUTE = 120.0
SPLITS = ["train"] * 4 + ["validation"] * 4 + ["test"] * 4
EXAMPLES = [
    {"ticket": f"{TEAMS[number % 4]} trouble, order {number}", "team": TEAMS[number % 4]}
    for number in range(len(SPLITS))
]


async def small_searches(place: Installation, programs: Sequence[Any]) -> Sequence[Figure]:
    """From the first that is asked for to the end of the last; the programs take turns."""
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(serving(place.api))
        await stack.enter_async_context(running(place.worker))
        starts = [await small_search(api.port, program) for program in programs]
        # A cold worker is not counted.
        await drained(api.port, starts[:1])
        began = time.perf_counter()
        await drained(api.port, [{**starts[n % len(starts)], "seed": n} for n in range(SEARCHES)])
        ours = 60 * SEARCHES / (time.perf_counter() - began)
    signature = signature_of(parse_signature(TEXT).with_instructions("Route it."), named="bench")
    seconds = await asyncio.to_thread(searched, signature, EXAMPLES, times=PEER_SEARCHES)
    peer = Peer(NAME, [60 * PEER_SEARCHES / seconds])
    figure = Figure("on_call_searches", [ours], peer, "a minute", Better.HIGHER, details={"searches": SEARCHES})
    return [figure.aiming(f"at least {TARGET_A_MINUTE:g} a minute", met=ours >= TARGET_A_MINUTE)]


async def small_search(port: int, program: Any) -> dict[str, Any]:
    """What a small search is given: a program, twelve examples and a way to judge."""
    name = f"twelve, {time.time_ns()}"
    dataset = await made(port, "datasets", name=name)
    lines = [
        {"inputs": {"ticket": each["ticket"]}, "labels": {"team": each["team"]}, "split": split}
        for each, split in zip(EXAMPLES, SPLITS, strict=True)
    ]
    content = "\n".join(orjson.dumps(line).decode() for line in lines)
    await made(port, f"datasets/{dataset['id']}/import-examples", content=content)
    metric = await made(port, "metrics", name=name, definition={"kind": "exact", "fields": ["team"]})
    return {
        "program_id": str(program["id"]),
        "dataset_id": dataset["id"],
        "metric_id": metric["id"],
        "optimizer": "labeled_few_shot",
    }


async def drained(port: int, starts: Sequence[dict[str, Any]]) -> None:
    """Asks for all of these searches, and waits until none is left; raises BadAnswer where one has failed."""
    waiting = iter(starts)

    async def ask() -> None:
        async with connected(port) as connection:
            for start in waiting:
                await connection.send(Ask(port, "/api/optimizations", start).as_bytes())

    await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))
    await until(partial(_over, port), seconds=FOR_EVER)
    if failed := await _number(port, "eq", "failed"):
        raise BadAnswer(f"{failed} searches have failed")


async def _over(port: int) -> bool:
    # Not so often that it is the API's main work.
    await asyncio.sleep(LOOK_SECONDS)
    return not await _number(port, "in", "queued,running")


async def made(port: int, path: str, **values: Any) -> Any:
    """What was made of the values."""
    return await answer(Ask(port, f"/api/{path}", values))


async def _number(port: int, operator: str, states: str) -> int:
    found = await answer(
        Ask(port, f"/api/optimizations?limit=1&fields=id&count=exact&filter[state][{operator}]={states}")
    )
    return int(found["page"]["total"])
