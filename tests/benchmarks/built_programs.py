"""A process of its own that builds fifty programs, ours or bare, and says what each added to it in megabytes."""

from __future__ import annotations

import gc
import json
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import psutil

from framework.lm.calls.execute import LmLayer
from framework.lm.dspy_setup import dspy
from framework.lm.modules.answering import ChainOfThought
from framework.lm.programs.program import ProgramDefinition
from framework.lm.programs.signature import signature_of
from framework.lm.signatures.grammar import parse_signature
from tests.benchmarks.contents import TEAMS, TEXT, TICKET
from tests.benchmarks.process import MEGABYTE

PROGRAMS = 50
DEMOS = [
    {"ticket": TICKET.format(n), "reasoning": "It says so.", "team": TEAMS[n % len(TEAMS)], "confidence": 0.5}
    for n in range(16)
]
PART = "predict"

Build = Callable[[int], Any]


def ours(layer: LmLayer) -> Build:
    """As the platform builds and keeps a version that was optimized."""

    def build(number: int) -> Any:
        definition = ProgramDefinition(
            f"program_{number}",
            parse_signature(TEXT).with_instructions(f"Route it, variant {number}."),
            ChainOfThought(),
        )
        return layer.programs.get(definition, {PART: {"instructions": f"Route it, variant {number}.", "demos": DEMOS}})

    return build


def bare(number: int) -> Any:
    """As a script builds it, demonstrations and all."""
    signature = signature_of(parse_signature(TEXT).with_instructions(f"Route it, variant {number}."), named="bench")
    program = dspy.ChainOfThought(signature)
    program.predict.demos = [dspy.Example(**demo) for demo in DEMOS]
    return program


def measured(build: Build) -> dict[str, float]:
    """What each of fifty programs adds: to the process, and by Python's own count of a second fifty."""
    # What the first one loads for all is not its own.
    kept = [build(-1)]
    process = psutil.Process()
    gc.collect()
    before = process.memory_info().rss
    kept += [build(number) for number in range(PROGRAMS)]
    gc.collect()
    grown = process.memory_info().rss - before
    tracemalloc.start()
    kept += [build(number) for number in range(PROGRAMS, 2 * PROGRAMS)]
    gc.collect()
    traced, _ = tracemalloc.get_traced_memory()
    return {"rss_mb": grown / PROGRAMS / MEGABYTE, "traced_mb": round(traced / PROGRAMS / MEGABYTE, 3)}


if __name__ == "__main__":
    print(json.dumps(measured(ours(LmLayer()) if sys.argv[1] == "ours" else bare)))
