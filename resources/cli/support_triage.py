"""The main job on the support tickets, step by step, through the public API and nothing else."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from framework.errors import Failure
from resources.cli import runs
from resources.cli.execute import EXECUTE
from resources.cli.import_file import imported
from resources.cli.progress_view import percent
from resources.cli.server import Server
from resources.optimizations.optimization import Optimizer

SLUG = "triage-ticket"
DATASET = "support-triage"
METRIC = {"name": "team-exact", "definition": {"kind": "exact", "fields": [{"name": "team"}]}}
OPTIMIZER = Optimizer.BOOTSTRAP_FEW_SHOT_WITH_RANDOM_SEARCH
PARAMS = {"max_labeled_demos": 32, "max_bootstrapped_demos": 4, "num_candidates": 8}
TICKET = "Hi, we were charged TWICE for september (card ending 4411), can you pls refund one of them asap? thx, Marek"
BROKEN = (
    '{"key": "T-900", "inputs": {"ticket": "who pays?"}, "labels": {"team": "finance", "urgency": "low"}}\n'
    '{"key": "T-901", "inputs": {"ticket": "half a line"'
)
MOOD = "ticket: str -> mood: Literal['calm', 'annoyed', 'angry'], needs_reply: bool"

TRIAGE = "mutation ($ticket: String!) { triageTicket(ticket: $ticket) { team urgency confidence } }"
SIGN = """mutation ($input: CreateSignatureInput!) {
    createSignature(input: $input) { signature { id } errors { code message path hint } }
}"""
CREATE = """mutation ($input: CreateProgramInput!) {
    createProgram(input: $input) { program { id } errors { code message path hint } }
}"""
MEASURE = """mutation ($input: CreateMetricInput!) {
    createMetric(input: $input) { metric { id } errors { code message path hint } }
}"""
PROMOTE = """mutation ($id: ID!, $input: PromoteProgramInput!) {
    promoteProgram(id: $id, input: $input) { program { liveNumber } errors { code message path hint } }
}"""
EXECUTION = "query ($id: ID!) { execution(id: $id) { id status outputs latencyMs version { number } } }"


@dataclass(frozen=True, slots=True)
class Program:
    """The declared program: its row, its signature's, and the version that has learned nothing."""

    id: str
    signature_id: str
    authored: int


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it all."""

    program: Program
    baseline: Mapping[str, Any]
    optimization: Mapping[str, Any]
    events: int
    execution: Mapping[str, Any]

    @property
    def improved(self) -> bool:
        """Whether everything happened: measured, watched, improved, promoted and executed."""
        return (
            self.events > 0
            and self.optimization["optimizedScore"] > self.optimization["baselineScore"]
            and self.execution["version"]["number"] == self.optimization["resultNumber"]
            and self.execution["status"] == "SUCCEEDED"
        )

    def summary(self, *, since: float) -> dict[str, Any]:
        """The last line that the demo prints."""
        execution = {
            "id": self.execution["id"],
            "outputs": self.execution["outputs"],
            "latency_ms": self.execution["latencyMs"],
        }
        return {
            "program_id": self.program.id,
            "baseline_score": self.optimization["baselineScore"],
            "optimized_score": self.optimization["optimizedScore"],
            "holdout_n": self.optimization["holdoutN"],
            "optimizer": str(OPTIMIZER),
            "trials": self.optimization["trialCount"],
            "progress_events": self.events,
            "execution": execution,
            "seconds": round(time.monotonic() - since, 1),
        }


@dataclass(frozen=True, slots=True)
class MainJob:
    """The steps, told as they are done. Each finds what an earlier run has left and goes on from there."""

    server: Server
    console: Console
    folder: Path

    async def run(self) -> Done:
        """All of it, in order."""
        program = await self._program()
        dataset_id = await self._data(program)
        await self._declared()
        await self._second_program()
        metric_id = await self._metric()
        about = {"programId": program.id, "datasetId": dataset_id, "metricId": metric_id, "version": program.authored}
        baseline = await runs.evaluate(self.server, {**about, "split": "TEST"}, title="baseline", console=self.console)
        self._say("baseline", f"{percent(baseline['score'])} of {baseline['n']} held-out tickets reach their team")
        optimization, events = await runs.optimize(
            self.server,
            {**about, "optimizer": OPTIMIZER.name, "params": PARAMS},
            title="optimizing",
            baseline=baseline["score"],
            console=self.console,
        )
        execution = await self._promoted(program, optimization)
        return Done(program, baseline, optimization, events, execution)

    async def _program(self) -> Program:
        """The row of the declared program, back at the version that has learned nothing."""
        row = await self.server.named("programs", "id liveNumber signatureId", slug=SLUG)
        authored = await self.server.ask(
            """query ($id: ID!) { programVersions(
                first: 1, filter: {programId: {eq: $id}, origin: {eq: AUTHORED}}, sort: [{number: DESC}]
            ) { nodes { number } } }""",
            id=row["id"],
        )
        number = int(authored["nodes"][0]["number"])
        if int(row["liveNumber"]) != number:
            await self.server.act(PROMOTE, id=row["id"], input={"number": number})
        return Program(row["id"], row["signatureId"], number)

    async def _data(self, program: Program) -> str:
        """The tickets in a dataset that the program's signature keeps sound; broken lines are told by number."""
        content = (self.folder / "tickets.jsonl").read_text(encoding="utf-8")
        report = await imported(self.server, DATASET, content, signature_id=program.signature_id)
        self._say("import", f"{report['lines']} tickets, {report['added']} of them new")
        try:
            await imported(self.server, DATASET, f"{content.rstrip()}\n{BROKEN}\n")
        except Failure as refused:
            for issue in refused.issues:
                self._say("refused", issue.message)
        return str(report["dataset_id"])

    async def _declared(self) -> None:
        """The declared program's own mutation and its own endpoint."""
        answer = await self.server.ask(TRIAGE, ticket=TICKET)
        self._say("triageTicket", f"{answer['team']}, {answer['urgency']} (GraphQL, a mutation of its own)")
        answer = await self.server.post(f"/api/programs/{SLUG}/execute", {"ticket": TICKET})
        self._say(SLUG, f"{answer['team']}, {answer['urgency']} (REST, an endpoint of its own)")

    async def _second_program(self) -> None:
        """A program that nobody declared: signature and program made at run time."""
        found = await self.server.first("programs", "id", slug="ticket-mood")
        if found is None:
            signature = await self.server.act(SIGN, input={"name": "ticket-mood", "text": MOOD})
            new = {"slug": "ticket-mood", "name": "Ticket mood", "signatureId": signature["id"]}
            found = await self.server.act(CREATE, input=new)
        answer = await self.server.act(EXECUTE, id=found["id"], input={"inputs": {"ticket": TICKET}})
        self._say("ticket-mood", f"{answer['outputs']} (made at run time)")

    async def _metric(self) -> str:
        found = await self.server.first("metrics", "id", name=METRIC["name"])
        return str((found or await self.server.act(MEASURE, input=METRIC))["id"])

    async def _promoted(self, program: Program, optimization: Mapping[str, Any]) -> Mapping[str, Any]:
        """The better version made live and asked; what the platform has on record of the answer."""
        if optimization["resultNumber"] is None:
            raise Failure("the search found nothing better, so there is nothing to promote", code="not_improved")
        await self.server.act(PROMOTE, id=program.id, input={"number": optimization["resultNumber"]})
        answer = await self.server.act(EXECUTE, id=program.id, input={"inputs": {"ticket": TICKET}})
        self._say("promoted", f"version {answer['version']} answers: {answer['outputs']}")
        record: Mapping[str, Any] = await self.server.ask(EXECUTION, id=answer["executionId"])
        return record

    def _say(self, what: str, text: str) -> None:
        self.console.print(f"[bold]{what:>13}[/bold]  {escape(text)}", soft_wrap=True)
