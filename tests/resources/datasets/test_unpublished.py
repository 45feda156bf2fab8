"""What an import writes before it is over: in short transactions, and of no version that the dataset has come to."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from framework.expr.nodes import equals
from framework.jobs.job import JobState
from framework.jobs.queueing import JobRequest, queue_jobs
from framework.jobs.runner import run_job
from framework.processes.heartbeat import before
from framework.sql.watch import watched
from resources.datasets import import_lease, unpublished
from resources.datasets.changes import HeldExample, entries_of
from resources.datasets.dataset import Dataset
from resources.datasets.dataset_import import DatasetImport
from resources.datasets.example_lines import read_lines
from resources.datasets.import_lease import ImportLease, LeaseLost, leased
from resources.datasets.unpublished import clear_unpublished, write_unpublished
from tests.installation.answer import Asked, Client
from tests.installation.installation import TIMING, Installation
from tests.installation.making import a_dataset
from tests.installation.tickets import lines

HELD = ("id", "key", "inputs", "labels", "split", "content_hash")


def line(key: str, team: str = "billing") -> dict[str, Any]:
    return {"key": key, "inputs": {"ticket": key}, "labels": {"team": team}, "split": "train"}


OLD = [line(key) for key in "abc"]
# Two corrected, two new.
NEW = [line("a", "sales"), line("b", "sales"), line("d"), line("e")]


@pytest.fixture(autouse=True)
def _short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpublished, "PART", 2)


async def imported(installation: Installation, dataset: Any, content: str) -> Any:
    return (await installation.rest.act("Dataset.import_examples", dataset["id"], content=content)).made


async def half_imported(installation: Installation) -> tuple[Any, ImportLease]:
    """A dataset of three examples, and an import into it that has written everything and was not heard of again."""
    dataset = await a_dataset(installation.rest, lines(*OLD))
    rows = await installation.rows("Example", dataset_id=dataset["id"])
    held = [HeldExample(**{name: row[name] for name in HELD}) for row in rows]
    lease = await leased(installation.session, dataset["id"])
    read, _ = read_lines(lines(*NEW), None)
    await write_unpublished(entries_of(read, held), lease, installation.session)
    return dataset, lease


async def dies(installation: Installation, lease: ImportLease) -> None:
    async with installation.session.transaction() as inner:
        long_ago = {"seen_at": before(timedelta(hours=1))}
        await inner.as_system("the clock is moved").writer.update(
            inner.domain.of(DatasetImport), equals(id=lease.id), long_ago
        )


async def versions(installation: Installation, dataset: Any) -> list[tuple[str, str, int, int | None]]:
    rows = await installation.rows("Example", dataset_id=dataset["id"])
    return [(row["key"], row["labels"]["team"], row["from_version"], row["to_version"]) for row in rows]


async def test_no_transaction_of_an_import_writes_more_than_a_part(installation: Installation) -> None:
    """A long one holds back the events of everybody, as readers of the log wait for what was begun before."""
    dataset = await a_dataset(installation.rest, lines(*(line(key) for key in "abcdefg")))
    question = "SELECT count(*) FROM examples WHERE dataset_id = %s GROUP BY xmin::text"
    async with await psycopg.AsyncConnection.connect(installation.settings.database_url or "") as connection:
        found = await (await connection.execute(question, (dataset["id"],))).fetchall()
    assert sorted(number for (number,) in found) == [1, 2, 2, 2]


async def test_examples_of_an_import_leave_no_event_each(installation: Installation) -> None:
    before_it = (await installation.census())["Event"]
    dataset = await a_dataset(installation.rest, lines(*OLD))
    assert (await installation.census())["Event"] == before_it + 2
    assert [entry.type for entry in await installation.events(dataset["id"])] == ["dataset.create", "dataset.advance"]


async def test_what_is_not_over_is_of_no_version_yet(installation: Installation) -> None:
    dataset, _ = await half_imported(installation)
    now = (await installation.rest.get("Dataset", dataset["id"])).made
    assert (now["version"], now["example_count"]) == (1, 3)
    assert [key for key, _, since, until in await versions(installation, dataset) if since <= 1 < (until or 9)] == [
        "a",
        "b",
        "c",
    ]


async def test_an_import_takes_back_what_one_before_it_has_left(installation: Installation) -> None:
    dataset, lease = await half_imported(installation)
    await dies(installation, lease)
    report = await imported(installation, dataset, lines(line("a", "technical"), line("f")))
    assert (report["added"], report["changed"], report["version"]) == (1, 1, 2)
    assert sorted(await versions(installation, dataset), key=str) == [
        ("a", "billing", 1, 2),
        ("a", "technical", 2, None),
        ("b", "billing", 1, None),
        ("c", "billing", 1, None),
        ("f", "billing", 2, None),
    ]
    assert await installation.rows("DatasetImport", dataset_id=dataset["id"]) == []


async def test_what_nobody_goes_on_with_is_removed_by_itself(installation: Installation) -> None:
    dataset, lease = await half_imported(installation)
    other, going_on = await half_imported(installation)
    await dies(installation, lease)
    async with installation.session.transaction() as inner:
        await queue_jobs(inner.domain.action("DatasetImport", "clear_abandoned"), [JobRequest("DatasetImport")], inner)
    (job,) = await installation.rows("Job", target_type="DatasetImport", state=JobState.QUEUED)
    assert await run_job(installation.runtime.engine, job["id"], TIMING) is JobState.SUCCEEDED
    assert await versions(installation, dataset) == [(key, "billing", 1, None) for key in "abc"]
    assert len(await versions(installation, other)) == 7
    left = {row["id"] for row in await installation.rows("DatasetImport")}
    assert going_on.id in left
    assert lease.id not in left


async def test_an_import_that_was_taken_for_dead_writes_nothing_more(installation: Installation) -> None:
    dataset, lease = await half_imported(installation)
    await dies(installation, lease)
    await imported(installation, dataset, lines(line("f")))
    there = await versions(installation, dataset)
    read, _ = read_lines(lines(line("g")), None)
    with pytest.raises(LeaseLost):
        await write_unpublished(entries_of(read, []), lease, installation.session)
    with pytest.raises(LeaseLost):
        await clear_unpublished(lease, installation.session)
    assert await versions(installation, dataset) == there


async def test_two_imports_into_one_dataset_are_not_under_way_at_once(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_lease, "WAIT_SECONDS", 0.0)
    dataset, _ = await half_imported(installation)
    for client in (installation.rest, installation.graphql):
        fault = (await client.act("Dataset.import_examples", dataset["id"], content=lines(line("f")))).fault
        assert (fault.code, fault.message) == ("import_running", "another import into this dataset is under way")
    fault = (await installation.rest.act("Dataset.remove", dataset["id"])).fault
    assert fault.code == "in_use"


async def test_an_import_that_is_given_up_leaves_nothing(installation: Installation) -> None:
    dataset = await a_dataset(installation.rest, lines(*OLD))
    there, written = await installation.rows("Example", dataset_id=dataset["id"]), list[str]()

    def interrupt(statement: str) -> None:
        """As the second part is written."""
        if statement.startswith("INSERT INTO examples"):
            written.append(statement)
            task = asyncio.current_task()
            if len(written) == 2 and task is not None:
                task.cancel()

    content = lines(*(line(key, "sales") for key in "abcd"))
    with watched(installation.runtime.layer, interrupt):
        asked = installation.session.run(Dataset.import_examples, {"content": content}, dataset["id"])
        task = asyncio.create_task(asked)
        with pytest.raises(asyncio.CancelledError):
            await task
    assert len(written) == 2
    assert await installation.rows("Example", dataset_id=dataset["id"]) == there
    assert await installation.rows("DatasetImport", dataset_id=dataset["id"]) == []


async def test_examples_of_an_import_that_is_not_over_are_in_no_list(
    client: Client, installation: Installation
) -> None:
    dataset, _ = await half_imported(installation)
    named = {"dataset_id" if client.name == "rest" else "datasetId": {"eq": dataset["id"]}}
    page = (await client.list("Example", Asked(filter=named))).made
    assert sorted(each["key"] for each in page["items"]) == ["a", "b", "c"]
    (unseen,) = await installation.rows("Example", dataset_id=dataset["id"], key="d")
    assert (await client.get("Example", unseen["id"])).fault.code == "not_found"
    (seen,) = await installation.rows("Example", dataset_id=dataset["id"], key="c")
    assert (await client.get("Example", seen["id"])).made["key"] == "c"
