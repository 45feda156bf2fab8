"""Evaluations and optimizations as their clients see them: asked for, watched to the end, and read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from resources.cli.progress_view import ProgressView, Said, percent, spark, watched
from resources.cli.server import Server

EVALUATE = """mutation ($input: StartEvaluationInput!) {
    startEvaluation(input: $input) { evaluation { id } errors { code message path hint } }
}"""
EVALUATION = """query ($id: ID!) { evaluation(id: $id) {
    id state n failed score scoreLow scoreHigh latencyP50Ms latencyP95Ms tokensIn tokensOut costUsd
} }"""
OPTIMIZE = """mutation ($input: StartOptimizationInput!) {
    startOptimization(input: $input) { optimization { id } errors { code message path hint } }
}"""
OPTIMIZATION = """query ($id: ID!) { optimization(id: $id) {
    id state optimizer trialCount holdoutN resultNumber stopReason notes calls tokensIn tokensOut costUsd bestScore
    baselineScore baselineLow baselineHigh optimizedScore optimizedLow optimizedHigh
} }"""


async def evaluate(server: Server, asked: Mapping[str, Any], *, title: str, console: Console) -> Any:
    """The evaluation, when it has ended."""
    started = await server.act(EVALUATE, input=asked)
    entries = server.progress("evaluationProgress", "done total failed mean", started["id"])
    board = ProgressView(title, lambda said: [f"mean {percent(said['mean'])}", f"{said['failed']} failed"])
    await watched(entries, board, lambda said: (int(said["done"]), int(said["total"])), console=console)
    return await server.ask(EVALUATION, id=started["id"])


async def optimize(
    server: Server, asked: Mapping[str, Any], *, title: str, baseline: float | None, console: Console
) -> tuple[Any, int]:
    """The optimization, when it has ended, and how many events it was watched by."""
    started = await server.act(OPTIMIZE, input=asked)
    fields = "phase trial trials fidelity score size bestScore calls tokens costUsd"
    entries = server.progress("optimizationProgress", fields, started["id"])
    board = ProgressView(title, Search(baseline).lines)
    events = await watched(entries, board, lambda said: (int(said["trial"]), int(said["trials"])), console=console)
    return await server.ask(OPTIMIZATION, id=started["id"]), events


class Search:
    """What is drawn of a search: the scores of its trials, the best of them, what was spent."""

    def __init__(self, baseline: float | None) -> None:
        self._baseline = baseline
        self._scores: dict[int, float] = {}

    def lines(self, said: Said) -> list[str]:
        """The lines below the bar."""
        if said["score"] is not None:
            self._scores[int(said["trial"])] = said["score"]
        drawn = spark([self._scores[number] for number in sorted(self._scores)])
        cost = "" if said["costUsd"] is None else f", ${said['costUsd']:.4f}"
        lines = [
            f"{said['phase']} {drawn} best {percent(said['bestScore'])} on the validation split",
            f"spent {int(said['calls']):,} calls, {_number(said['tokens'])} tokens{cost}",
        ]
        return lines if self._baseline is None else [*lines, f"baseline {percent(self._baseline)} on the test split"]


def _number(said: str | int | None) -> str:
    return "?" if said is None else f"{int(said):,}"
