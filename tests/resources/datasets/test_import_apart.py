"""A large file is imported by a process of its own, with the same outcome."""

from __future__ import annotations

import asyncio

import pytest

from framework.testing.until import until
from resources.datasets.dataset import Dataset
from tests.installation.answer import Client
from tests.installation.installation import Installation
from tests.installation.making import a_dataset
from tests.installation.tickets import lines, tickets


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
