"""Clients who ask one program over and over: what they were answered is on record, and as it is without any fault."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from random import Random
from typing import Any

from tests.installation.answer import Client
from tests.installation.making import a_program
from tests.installation.tickets import tickets
from tests.soak.caller import Caller
from tests.soak.part import Verdict
from tests.soak.tables import Tables

CLIENTS = 4
PAUSE = 0.15


class Executing:
    """Four clients, two over each transport."""

    def __init__(self, caller: Caller, chance: Random) -> None:
        self._caller, self._chance = caller, chance
        self._texts = [json.loads(line)["inputs"]["ticket"] for line in tickets().splitlines()]
        self._program = ""
        self._calm: dict[str, Any] = {}
        self._answered: dict[str, tuple[str, Any]] = {}

    async def prepare(self) -> None:
        """Each question is answered once."""
        self._program = (await a_program(self._caller.rest))["id"]
        for text in self._texts:
            given = {"inputs": {"ticket": text}}
            self._calm[text] = (await self._caller.rest.act("Program.execute", self._program, **given)).made["outputs"]

    async def work(self, over: asyncio.Event) -> None:
        """Everybody asks until it is over."""
        both: tuple[Client, Client] = (self._caller.rest, self._caller.graphql)
        await asyncio.gather(*(self._ask(both[number % 2], over) for number in range(CLIENTS)))

    async def settle(self) -> None:
        """Nothing is left to wait for: each was answered, or not."""

    async def verdicts(self, tables: Tables) -> Sequence[Verdict]:
        """What was acknowledged is there, and nothing is left undone."""
        rows = {str(row["id"]): row for row in await tables.rows("SELECT id, status, outputs FROM executions")}
        broken = [
            f"execution {key}: was answered, and is {rows.get(key)}"
            for key, (_, outputs) in self._answered.items()
            if key not in rows or (rows[key]["status"], rows[key]["outputs"]) != ("succeeded", outputs)
        ]
        other = [
            f"execution {key}: {outputs}, and not {self._calm[text]}"
            for key, (text, outputs) in self._answered.items()
            if outputs != self._calm[text]
        ]
        running = [f"execution {key} is still running" for key, row in rows.items() if row["status"] == "running"]
        return (
            Verdict("acknowledged executions are on record as they were answered", len(self._answered), broken),
            Verdict("executions are answered as without any fault", len(self._answered), other),
            Verdict("no execution stays running", len(rows), running),
        )

    async def _ask(self, client: Client, over: asyncio.Event) -> None:
        while not over.is_set():
            text = self._chance.choice(self._texts)
            given = {"inputs": {"ticket": text}}
            asked = f"execute over {client.name}"
            made = await self._caller.said(asked, lambda: client.act("Program.execute", self._program, **given))  # noqa: B023
            if made is not None:
                self._answered[str(made["execution_id"])] = (text, made["outputs"])
            await asyncio.sleep(PAUSE)
