"""Evaluations and optimizations as their clients see them: asked for, watched to the end, and read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from resources.cli.progress_view import ProgressView, Report, percent, spark, watched
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
    view = ProgressView(title, lambda report: [f"mean {percent(report['mean'])}", f"{report['failed']} failed"])
    await watched(entries, view, lambda report: (int(report["done"]), int(report["total"])), console=console)
    return await server.ask(EVALUATION, id=started["id"])


async def optimize(
    server: Server, asked: Mapping[str, Any], *, title: str, baseline: float | None, console: Console
) -> tuple[Any, int]:
    """The optimization, when it has ended, and how many events it was watched by."""
    started = await server.act(OPTIMIZE, input=asked)
    fields = "phase trial trials fidelity score size bestScore calls tokens costUsd"
    entries = server.progress("optimizationProgress", fields, started["id"])
    view = ProgressView(title, Search(baseline).lines)
    events = await watched(entries, view, lambda report: (int(report["trial"]), int(report["trials"])), console=console)
    return await server.ask(OPTIMIZATION, id=started["id"]), events


class Search:
    """What is drawn of a search: the scores of its trials, the best of them, what was spent."""

    def __init__(self, baseline: float | None) -> None:
        self._baseline = baseline
        self._scores: dict[int, float] = {}

    def lines(self, report: Report) -> list[str]:
        """The lines below the bar."""
        if report["score"] is not None:
            self._scores[int(report["trial"])] = report["score"]
        drawn = spark([self._scores[number] for number in sorted(self._scores)])
        cost = "" if report["costUsd"] is None else f", ${report['costUsd']:.4f}"
        lines = [
            f"{report['phase']} {drawn} best {percent(report['bestScore'])} on the validation split",
            f"spent {int(report['calls']):,} calls, {_number(report['tokens'])} tokens{cost}",
        ]
        return lines if self._baseline is None else [*lines, f"baseline {percent(self._baseline)} on the test split"]


def _number(amount: str | int | None) -> str:
    return "?" if amount is None else f"{int(amount):,}"
