"""Somebody who writes one record after the other: what was acknowledged is there, and never older than that."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tests.installation.making import unique
from tests.soak.caller import Caller
from tests.soak.part import Verdict
from tests.soak.tables import Tables

PAUSE = 0.15
# So often a record is written before the next one is made.
WRITES = 5


class Writing:
    """A client who makes data sets and describes each by a number that counts up."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._known: dict[str, int] = {}
        self._tried: dict[str, int] = {}
        self._acknowledged = 0

    async def prepare(self) -> None:
        """Nothing has to be there."""

    async def work(self, over: asyncio.Event) -> None:
        """Makes one, and writes to it."""
        while not over.is_set():
            name = unique("written")
            client = self._caller.graphql
            made = await self._caller.said("create", lambda: client.act("Dataset.create", name=name, description="0"))  # noqa: B023
            if made is None:
                continue
            self._acknowledged += 1
            self._known[made["id"]] = self._tried[made["id"]] = 0
            for number in range(1, WRITES):
                await self._write(made["id"], number)
                await asyncio.sleep(PAUSE)

    async def settle(self) -> None:
        """Nothing is left to wait for."""

    async def verdicts(self, tables: Tables) -> Sequence[Verdict]:
        """Each record has at least what was acknowledged last, and at most what was tried."""
        rows = {str(row["id"]): row for row in await tables.rows("SELECT id, description FROM datasets")}
        broken = [
            f"data set {key}: {known} was acknowledged, {self._tried[key]} was tried, and it is {rows.get(key)}"
            for key, known in self._known.items()
            if key not in rows or not known <= int(rows[key]["description"]) <= self._tried[key]
        ]
        return (Verdict("acknowledged writes are there", self._acknowledged, broken),)

    async def _write(self, key: str, number: int) -> None:
        self._tried[key] = number
        client = self._caller.rest
        made = await self._caller.said("update", lambda: client.act("Dataset.update", key, description=str(number)))
        if made is not None:
            self._acknowledged += 1
            self._known[key] = number
