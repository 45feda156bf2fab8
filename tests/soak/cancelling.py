"""Searches that are called off at any moment, by somebody who may not be heard: none of them goes on for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random

from tests.installation.making import Subject, a_subject, unique
from tests.soak.caller import EXPECTED, Caller
from tests.soak.part import Verdict
from tests.soak.runs import SLOW
from tests.soak.tables import Tables

ENDED_MEANWHILE = EXPECTED | {"illegal_transition"}
LONG = {"optimizer": "bootstrap_few_shot_with_random_search", "params": {"num_candidates": 12}}


@dataclass(slots=True)
class Cancelling:
    """A client who changes their mind."""

    caller: Caller
    chance: Random
    subject: Subject | None = None
    called_off: list[str] = field(default_factory=list)

    async def prepare(self) -> None:
        """Something to search for."""
        model = (await self.caller.rest.act("LanguageModel.create", name=unique("slow"), **SLOW)).made["id"]
        self.subject = await a_subject(self.caller.rest, model_id=model)

    async def work(self, over: asyncio.Event) -> None:
        """Starts one, waits, and calls it off until that is acknowledged."""
        assert self.subject is not None
        client, given = self.caller.rest, {**self.subject.inputs, **LONG}
        while not over.is_set():
            made = await self.caller.said("start", lambda: client.act("Optimization.start", **given))
            if made is None:
                continue
            await asyncio.sleep(self.chance.uniform(0, 8))
            await self._call_off(made["id"])

    async def settle(self) -> None:
        """The end is looked for with that of all jobs."""

    async def verdicts(self, tables: Tables) -> Sequence[Verdict]:
        """Cancelled, unless it had come to its end before."""
        question = "SELECT id, state FROM optimizations"
        states = {str(row["id"]): row["state"] for row in await tables.rows(question)}
        broken = [
            f"optimization {key} was called off, and is {states[key]}"
            for key in self.called_off
            if states[key] not in ("cancelled", "succeeded")
        ]
        return (Verdict("searches that are called off end so", len(self.called_off), broken),)

    async def _call_off(self, key: str) -> None:
        # Whether an earlier wish was heard is unknown where nobody answered; the state says so then.
        while key not in self.called_off:
            found = await self.caller.said("look", lambda: self.caller.graphql.get("Optimization", key))
            if found is None:
                continue
            if found["state"] in ("queued", "running"):
                asking = partial(self.caller.graphql.act, "Optimization.cancel", key)
                await self.caller.said("cancel", asking, expected=ENDED_MEANWHILE)
            elif found["state"] in ("cancelling", "cancelled"):
                self.called_off.append(key)
            else:
                return
