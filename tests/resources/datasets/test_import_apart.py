"""A large file is imported by a process of its own, with the same outcome."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import psutil
import pytest

from framework.errors import Unavailable
from framework.expr.nodes import equals
from framework.processes.heartbeat import before
from framework.testing.until import until
from resources.datasets.dataset import Dataset
from resources.datasets.dataset_import import DatasetImport
from tests.command_line import command_line
from tests.installation.answer import Asked, Client
from tests.installation.installation import Installation
from tests.installation.making import a_dataset
from tests.installation.tickets import lines, tickets

VERB_PROCESS = "framework.cli.verb_process"


@pytest.fixture(autouse=True)
def _every_file_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resources.datasets.import_examples.LARGE", 0)


async def test_its_report_is_the_same(client: Client, installation: Installation) -> None:
    dataset = await a_dataset(client, "")
    report = (await client.act("Dataset.import_examples", dataset["id"], content=tickets())).made
    assert report == {"lines": 48, "added": 48, "changed": 0, "unchanged": 0, "version": 1}
    assert len(await installation.rows("Example", dataset_id=dataset["id"])) == 48
    assert len(await installation.events(dataset["id"], "dataset.advance")) == 1


async def test_its_mistakes_are_told_by_their_lines(client: Client, installation: Installation) -> None:
    dataset = await a_dataset(client, "")
    async with installation.unchanged():
        answer = await client.act("Dataset.import_examples", dataset["id"], content="1\nno JSON")
    assert [(fault.path, fault.message) for fault in answer.faults] == [
        (("content", "1"), "line 1 is not a JSON object"),
        (("content", "2"), "line 2 is not JSON: Expecting value at column 1"),
    ]


async def test_one_that_nobody_waits_for_leaves_nothing(installation: Installation) -> None:
    dataset = await a_dataset(installation.rest, "")
    said = [{"inputs": {"ticket": f"order {n} is late"}, "labels": {"team": "sales"}} for n in range(10_000)]
    asked = installation.session.run(Dataset.import_examples, {"content": lines(*said)}, dataset["id"])
    task = asyncio.create_task(asked)

    async def begun() -> bool:
        return bool(await installation.rows("Example", dataset_id=dataset["id"]))

    async def nothing_left() -> bool:
        left = [await installation.rows(name, dataset_id=dataset["id"]) for name in ("Example", "DatasetImport")]
        return left == [[], []]

    await until(begun)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(nothing_left)


async def test_one_whose_process_is_killed_is_told_so_and_another_takes_back_what_it_wrote(
    installation: Installation,
) -> None:
    dataset = await a_dataset(installation.rest, "")
    said = [{"inputs": {"ticket": f"order {n} is late"}, "labels": {"team": "sales"}} for n in range(10_000)]
    asked = installation.session.run(Dataset.import_examples, {"content": lines(*said)}, dataset["id"])
    task = asyncio.create_task(asked)
    written: list[Any] = []

    async def begun() -> bool:
        written[:] = await installation.rows("Example", dataset_id=dataset["id"])
        return bool(written)

    await until(begun)
    (importing,) = [child for child in psutil.Process().children() if VERB_PROCESS in command_line(child)]
    assert importing.nice() > psutil.Process().nice()
    importing.kill()
    with pytest.raises(Unavailable, match="has died"):
        await task
    assert (await installation.rest.list("Example", Asked(filter={"dataset_id": {"eq": dataset["id"]}}))).made[
        "items"
    ] == []
    (lease,) = await installation.rows("DatasetImport", dataset_id=dataset["id"])
    async with installation.session.transaction() as inner:
        long_ago = {"seen_at": before(timedelta(hours=1))}
        await inner.as_system("the clock is moved").writer.update(
            inner.domain.of(DatasetImport), equals(id=lease["id"]), long_ago
        )
    report = (await installation.rest.act("Dataset.import_examples", dataset["id"], content=tickets())).made
    assert (report["added"], report["version"]) == (48, 1)
    assert len(await installation.rows("Example", dataset_id=dataset["id"])) == 48
