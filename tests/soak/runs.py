"""Searches and evaluations: each that was acknowledged ends, once, as one that nobody disturbed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.faults.stream import DONE, PROGRESS, Watcher
from tests.framework.lm.optimize.runs import SMALL
from tests.installation.making import Subject, a_subject, unique
from tests.soak.caller import Caller
from tests.soak.outcomes import RunKind, outcome
from tests.soak.part import Verdict
from tests.soak.tables import Tables

SLOW = {"provider": "offline", "model": "in-context", "params": {"latency_ms": 60}}
# How long the last of them may take once nobody disturbs them any more; before that they take as long as it takes.
PATIENCE, FOR_EVER = 600.0, 1e6
LIVE = {RunKind.OPTIMIZATION: 5, RunKind.EVALUATION: 3}
DOCUMENTS = {RunKind.OPTIMIZATION: PROGRESS, RunKind.EVALUATION: DONE}


@dataclass(slots=True)
class Run:
    """One that was acknowledged, and who watches it."""

    way: str
    watcher: Watcher
    watching: asyncio.Task[None]

    @property
    def given_up(self) -> bool:
        """Whether its watcher was told that all of its attempts were in vain, and went."""
        return bool(self.watcher.seen) and (self.watcher.seen[-1]["error"] or {}).get("code") == "worker_lost"


@dataclass(slots=True)
class Runs:
    """So many of a kind at once, each way in turn, all of one program from its first version."""

    caller: Caller
    url: str
    kind: RunKind
    subject: Subject | None = None
    begun: list[Run] = field(default_factory=list)
    calm: dict[str, Run] = field(default_factory=dict)

    @property
    def ways(self) -> Mapping[str, Mapping[str, Any]]:
        """What is started, by name."""
        if self.kind is RunKind.EVALUATION:
            return {split: {"split": split} for split in ("test", "validation")}
        return {name: {"optimizer": name, "params": dict(params)} for name, params in SMALL.items()}

    async def prepare(self) -> None:
        """Each way once, with nothing in its way."""
        model = (await self.caller.rest.act("LanguageModel.create", name=unique("slow"), **SLOW)).made["id"]
        self.subject = await a_subject(self.caller.rest, model_id=model)
        for way in self.ways:
            run = await self._started(way)
            assert run is not None, self.caller.surprises
            self.calm[way] = run
        await asyncio.gather(*(run.watching for run in self.calm.values()))

    async def work(self, over: asyncio.Event) -> None:
        """Starts another one whenever one has ended."""
        names = list(self.ways)
        while not over.is_set():
            if sum(not run.watching.done() for run in self.begun) < LIVE[self.kind]:
                run = await self._started(names[len(self.begun) % len(names)])
                self.begun.extend([run] if run else [])
            await asyncio.sleep(0.1)

    async def settle(self) -> None:
        """Waits until everybody was told of the end."""
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(run.watching for run in self.begun))

    async def verdicts(self, tables: Tables) -> Sequence[Verdict]:
        """Every one ended as its twin did, and its watcher was told the same story."""
        other, stories = [], []
        calm = {way: await outcome(tables, self.kind, run.watcher.id) for way, run in self.calm.items()}
        for run in self.begun:
            found = await outcome(tables, self.kind, run.watcher.id)
            differing = [name for name, value in found.items() if value != calm[run.way][name]]
            told = [f"{name}: {found[name]} and not {calm[run.way][name]}"[:700] for name in differing]
            other += [f"{run.way} {run.watcher.id}: {each}" for each in told]
            if run.given_up:
                continue
            if run.watcher.story != self.calm[run.way].watcher.story or not run.watcher.in_order:
                stories.append(f"{run.way} {run.watcher.id} was told {run.watcher.story[-3:]}")
        verdicts = [Verdict(f"{self.kind}s end like undisturbed ones", len(self.begun), other)]
        if self.kind is RunKind.OPTIMIZATION:
            verdicts.append(Verdict("watchers of optimizations are told all of it once", len(self.begun), stories))
        return verdicts

    async def _started(self, way: str) -> Run | None:
        assert self.subject is not None
        given = {**self.subject.inputs, **self.ways[way], "version": 1}
        client = self.caller.rest
        made = await self.caller.said(f"start {way}", lambda: client.act(f"{self.kind}.start", **given))
        if made is None:
            return None
        watcher = Watcher(self.url, made["id"], DOCUMENTS[self.kind], patience=FOR_EVER)
        return Run(way, watcher, asyncio.create_task(watcher.until_end()))
