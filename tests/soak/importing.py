"""Somebody who imports files into one data set: each is kept as a whole or not at all, and not if it was not said."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any

from tests.installation.making import a_dataset
from tests.installation.tickets import lines
from tests.soak.caller import Caller
from tests.soak.part import Verdict
from tests.soak.tables import Tables

# Mostly small ones, and now and then one that takes a while.
SIZES = (20, 20, 20, 200, 3000)
PAUSE = 0.7


class Importing:
    """A client with one data set."""

    def __init__(self, caller: Caller, chance: Random) -> None:
        self._caller, self._chance = caller, chance
        self._dataset = ""
        self._sizes: dict[int, int] = {}
        self._acknowledged: dict[int, int] = {}

    async def prepare(self) -> None:
        """A data set without examples."""
        self._dataset = (await a_dataset(self._caller.rest, ""))["id"]

    async def work(self, over: asyncio.Event) -> None:
        """One file after the other."""
        while not over.is_set():
            number = len(self._sizes)
            size = self._sizes[number] = self._chance.choice(SIZES)
            content, client = lines(*(_example(number, index) for index in range(size))), self._caller.rest
            made = await self._caller.said(
                "import",
                lambda: client.act("Dataset.import_examples", self._dataset, content=content),  # noqa: B023
            )
            if made is not None:
                self._acknowledged[number] = made["version"]
            await asyncio.sleep(PAUSE)

    async def settle(self) -> None:
        """Nothing is left to wait for."""

    async def verdicts(self, tables: Tables) -> Sequence[Verdict]:
        """Each acknowledged import is there, and no part of one is."""
        # What a killed import has left is of no version.
        question = """SELECT key, from_version FROM examples JOIN datasets ON datasets.id = dataset_id
            WHERE dataset_id = %s AND from_version <= version"""
        rows = await tables.rows(question, self._dataset)
        held = Counter(int(row["key"].partition("-")[0]) for row in rows)
        versions = {int(row["key"].partition("-")[0]): row["from_version"] for row in rows}
        lost = [
            f"import {number} was acknowledged as version {version}, and is {versions.get(number)}"
            for number, version in self._acknowledged.items()
            if versions.get(number) != version
        ]
        parts = [
            f"import {number} has {held[number]} of {size} examples"
            for number, size in self._sizes.items()
            if held[number] not in (0, size)
        ]
        last = await tables.one("SELECT version FROM datasets WHERE id = %s", self._dataset)
        numbered = sorted(versions.values()) == list(range(1, last + 1))
        return (
            Verdict("acknowledged imports are there", len(self._acknowledged), lost),
            Verdict("imports are there as a whole or not at all", len(self._sizes), parts),
            Verdict(
                "each import is one version", last, [] if numbered else [f"{sorted(versions.values())} up to {last}"]
            ),
        )


def _example(number: int, index: int) -> dict[str, Any]:
    text = f"file {number} asks for {index}"
    return {"key": f"{number}-{index}", "inputs": {"ticket": text}, "labels": {"team": "billing"}, "split": "train"}
