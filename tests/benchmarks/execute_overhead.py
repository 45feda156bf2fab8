"""Bench `execute_overhead`: what the API adds to a call, with validation, two transactions and events."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from framework.lm.programs.signature import signature_of
from framework.lm.signatures.grammar import parse_signature
from tests.benchmarks.connection import Ask, p50
from tests.benchmarks.contents import TEXT, TICKET
from tests.benchmarks.figure import Figure, Peer, rounded
from tests.benchmarks.installation import Installation
from tests.benchmarks.peers.bare_predict import NAME, bare_p50
from tests.benchmarks.process import serving

ROUNDS, TIMES, WARM_UP = 9, 60, 40
TARGET_MS = 8.0


async def execute_overhead(place: Installation, program: Any) -> Sequence[Figure]:
    """The median time of `POST /api/programs/{id}/execute`, beside the bare call."""
    inputs = {"ticket": TICKET.format(1)}
    signature = signature_of(parse_signature(TEXT).with_instructions("Route it."), named="bench")
    ours: list[float] = []
    bare: list[float] = []
    async with serving(place.api) as api:
        await api.idle_rss()
        ask = Ask(api.port, f"/api/programs/{program['id']}/execute", {"inputs": inputs})
        await p50(ask, WARM_UP)
        await bare_p50(signature, inputs, WARM_UP)
        for _ in range(ROUNDS):
            ours.append(await p50(ask, TIMES))
            bare.append(await bare_p50(signature, inputs, TIMES))
    added = statistics.median(here - there for here, there in zip(ours, bare, strict=True))
    details = {"added_ms": rounded(added), "calls_a_run": TIMES}
    figure = Figure("execute_overhead", ours, Peer(NAME, bare), "ms", details=details)
    return [figure.aiming(f"at most {TARGET_MS:g} ms more than the peer", met=added <= TARGET_MS)]
