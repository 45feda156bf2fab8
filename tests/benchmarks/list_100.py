"""Bench `list_100`: the latest 100 executions with program and version, against hand-written services."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any

from tests.benchmarks.connection import Ask, BadAnswer, answer, p50, per_second
from tests.benchmarks.figure import Better, Figure, Peer
from tests.benchmarks.installation import Installation
from tests.benchmarks.process import serving

ROUNDS = 7
ONE_BY_ONE, AT_ONCE, CONNECTIONS = 30, 48, 4
REST_PEER = "FastAPI + SQLAlchemy (joined) + Pydantic"
GRAPHQL_PEER = "Strawberry + SQLAlchemy (joined)"
SHOWN = "id,status,inputs,outputs,latency_ms,tokens_in,tokens_out,cost_usd,created_at"
REST = (
    f"/api/executions?limit=100&sort=-created_at&fields={SHOWN}&include=program,version"
    "&fields[program]=id,slug,name&fields[version]=id,number,digest,origin"
)
FIELDS = """id status inputs outputs latencyMs tokensIn tokensOut costUsd createdAt
program { id slug name } version { id number digest origin }"""
OURS = f"{{ executions(first: 100, sort: [{{createdAt: DESC}}]) {{ nodes {{ {FIELDS} }} }} }}"
THEIRS = f"{{ executions(first: 100) {{ {FIELDS} }} }}"


async def list_100(place: Installation) -> Sequence[Figure]:
    """Both transports, requests a second and the median time of one."""
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(serving(place.api))
        peer = await stack.enter_async_context(serving(place.peer))
        await ours.idle_rss()
        rest = (Ask(ours.port, REST), Ask(peer.port, "/executions?limit=100"))
        graphql = (
            Ask(ours.port, "/graphql", {"query": OURS}),
            Ask(peer.port, "/graphql", {"query": THEIRS}),
        )
        _same((await answer(rest[0]))["data"], await answer(rest[1]))
        theirs = (await answer(graphql[1]))["data"]["executions"]
        _same((await answer(graphql[0]))["data"]["executions"]["nodes"], theirs)
        return [
            *await _measured("list_100_rest", rest, REST_PEER),
            *await _measured("list_100_graphql", graphql, GRAPHQL_PEER),
        ]


async def _measured(bench: str, asks: tuple[Ask, Ask], name: str) -> Sequence[Figure]:
    took: tuple[list[float], list[float]] = ([], [])
    rates: tuple[list[float], list[float]] = ([], [])
    for ask in asks:
        await p50(ask, ONE_BY_ONE)
    for number in range(ROUNDS):
        # Alternating, and who is first alternates as well.
        for which in (0, 1) if number % 2 else (1, 0):
            took[which].append(await p50(asks[which], ONE_BY_ONE))
            rates[which].append(await per_second(asks[which], AT_ONCE, connections=CONNECTIONS))
    return [
        Figure(bench, rates[0], Peer(name, rates[1]), "requests/s", Better.HIGHER),
        Figure(f"{bench}_p50", took[0], Peer(name, took[1]), "ms"),
    ]


def _same(ours: Any, theirs: Any) -> None:
    """Only equal work is compared: the same records, fields and values."""
    if [*_plain(ours)] != [*_plain(theirs)]:
        raise BadAnswer(f"the two lists differ: {ours[:1]} and {theirs[:1]}")


def _plain(rows: Any) -> Iterator[Any]:
    """The rows without how a transport spells enums, times and numbers of 64 bits."""
    for row in rows:
        version = {**row["version"], "origin": row["version"]["origin"].lower()}
        at = row.get("created_at") or row["createdAt"]
        plain = {name: value for name, value in row.items() if name not in ("created_at", "createdAt")}
        tokens = {name: int(row[name]) for name in ("tokensIn", "tokensOut") if name in row}
        yield {**plain, **tokens, "status": row["status"].lower(), "version": version, "at": datetime.fromisoformat(at)}
