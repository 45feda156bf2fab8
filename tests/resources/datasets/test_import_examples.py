"""Importing examples: every line is checked, and all are kept or none."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from framework.sql.watch import watched
from resources.datasets.dataset import Dataset
from tests.installation.answer import Asked, Client
from tests.installation.installation import Installation
from tests.installation.making import a_dataset, a_signature
from tests.installation.tickets import lines, tickets


def line(ticket: str, team: str = "billing", split: str | None = "train", **more: Any) -> dict[str, Any]:
    """One example."""
    said = {"inputs": {"ticket": ticket}, "labels": {"team": team}, **more}
    return said if split is None else {**said, "split": split}


async def imported(client: Client, dataset: Any, *items: dict[str, Any]) -> Any:
    """What the import of these lines reports."""
    return (await client.act("Dataset.import_examples", dataset["id"], content=lines(*items))).made


async def test_an_import_is_the_next_version(client: Client, installation: Installation) -> None:
    dataset = await a_dataset(client, "")
    assert (dataset["version"], dataset["example_count"]) == (0, 0)
    report = (await client.act("Dataset.import_examples", dataset["id"], content=tickets())).made
    assert report == {"lines": 48, "added": 48, "changed": 0, "unchanged": 0, "version": 1}
    held = (await client.get("Dataset", dataset["id"])).made
    assert (held["version"], held["example_count"]) == (1, 48)
    mine = {"dataset_id": {"eq": dataset["id"]}}
    for split, number in (("train", 24), ("validation", 12), ("test", 12)):
        asked = Asked({**mine, "split": {"eq": split if client.name == "rest" else split.upper()}}, limit=100)
        items = (await client.list("Example", asked)).made["items"]
        assert {item["split"] for item in items} == {split}
        assert (len(items), {item["from_version"] for item in items}) == (number, {1})
    assert len(await installation.events(dataset["id"], "dataset.advance")) == 1


async def test_lines_that_are_there_already_are_unchanged(client: Client) -> None:
    dataset = await a_dataset(client)
    assert (await client.act("Dataset.import_examples", dataset["id"], content=tickets())).made == {
        "lines": 48,
        "added": 0,
        "changed": 0,
        "unchanged": 48,
        "version": 1,
    }
    report = await imported(client, dataset, line("a new one"), *map(json.loads, tickets().splitlines()))
    assert report == {"lines": 49, "added": 1, "changed": 0, "unchanged": 48, "version": 2}


async def test_without_a_split_the_content_decides(client: Client, installation: Installation) -> None:
    items = [line(f"ticket number {n}", split=None) for n in range(60)]
    splits = []
    for _ in range(2):
        dataset = await a_dataset(client, lines(*items))
        rows = await installation.rows("Example", dataset_id=dataset["id"])
        splits.append({row["content_hash"]: str(row["split"]) for row in rows})
    assert splits[0] == splits[1]
    assert set(splits[0].values()) == {"train", "validation", "test"}


BROKEN = "\n".join(
    [
        json.dumps(line("one")),
        '{"inputs": {"ticket": "two"},',
        "",
        json.dumps({"inputs": {"ticket": "four"}}),
        json.dumps({**line("five"), "split": "holdout"}),
        json.dumps({**line("six"), "label": {}}),
        '["seven"]',
        json.dumps({"inputs": {}, "labels": {"team": "billing"}}),
        json.dumps(line("ni\x00ne")),
        json.dumps(line("ten", team="bill\x00ing")),
        '{"inputs": {"ticket": "eleven"}, "labels": {"team": "\\ud800"}}',
    ]
)


async def test_broken_lines_are_told_by_number_and_nothing_is_kept(client: Client, installation: Installation) -> None:
    dataset = await a_dataset(client, "")
    async with installation.unchanged():
        answer = await client.act("Dataset.import_examples", dataset["id"], content=BROKEN)
    assert answer.at == [
        ("bad_json", "content.2"),
        ("missing", "content.4.labels"),
        ("enum", "content.5.split"),
        ("extra_forbidden", "content.6.label"),
        ("model_type", "content.7"),
        ("too_short", "content.8.inputs"),
        ("nul_character", "content.9.inputs.ticket"),
        ("nul_character", "content.10.labels.team"),
        ("string_unicode", "content.11.labels.team"),
    ]
    assert answer.faults[4].message == "line 7 is not a JSON object"
    assert all(fault.message.startswith(f"line {fault.path[1]}") for fault in answer.faults)
    assert (await client.get("Dataset", dataset["id"])).made == dataset


async def test_lines_have_to_fit_the_signature_of_the_data_set(client: Client, installation: Installation) -> None:
    signature = await a_signature(client)
    dataset = await a_dataset(client, "", signature_id=signature["id"])
    content = lines(
        line("one"),
        line("two", team="sales"),
        {"inputs": {"tikcet": "three"}, "labels": {"team": "billing"}},
        {"inputs": {"ticket": 4}, "labels": {"team": "billing"}},
        {"inputs": {"ticket": "five"}, "labels": {"teem": "billing"}},
    )
    async with installation.unchanged():
        answer = await client.act("Dataset.import_examples", dataset["id"], content=content)
    assert answer.at == [
        ("bad_label", "content.2.labels.team"),
        ("missing", "content.3.inputs.ticket"),
        ("unknown_input", "content.3.inputs.tikcet"),
        ("wrong_type", "content.4.inputs.ticket"),
        ("unknown_label", "content.5.labels.teem"),
    ]


@pytest.mark.parametrize("variant", ["refund my order", "REFUND my Order", "  refund   my\torder\n"])
@pytest.mark.parametrize("where", ["within the file", "against what is there"])
async def test_the_same_inputs_are_not_in_two_splits(
    variant: str, where: str, client: Client, installation: Installation
) -> None:
    first, second = line("refund my order"), line(variant, split="test")
    dataset = await a_dataset(client, lines(first) if where == "against what is there" else "")
    content = lines(line("another"), second) if where == "against what is there" else lines(first, second)
    async with installation.unchanged():
        fault = (await client.act("Dataset.import_examples", dataset["id"], content=content)).fault
    assert fault.at == ("split_leak", "content.2")
    assert "`train`" in fault.message
    assert (await client.get("Dataset", dataset["id"])).made["version"] == dataset["version"] + (
        where == "against what is there"
    )


async def test_the_same_inputs_twice_in_one_split_are_a_mistake(client: Client, installation: Installation) -> None:
    dataset = await a_dataset(client, "")
    async with installation.unchanged():
        content = lines(line("refund"), line("Refund"))
        answer = await client.act("Dataset.import_examples", dataset["id"], content=content)
    assert ("repeated_inputs", "content.2") in answer.at


async def test_a_key_stands_once(client: Client, installation: Installation) -> None:
    dataset = await a_dataset(client, "")
    async with installation.unchanged():
        content = lines(line("two", key="b"), line("three", key="b"))
        answer = await client.act("Dataset.import_examples", dataset["id"], content=content)
    assert answer.at == [("repeated_key", "content.2.key")]


async def versions_of(installation: Installation, dataset: Any) -> list[tuple[str, str, str, int, int | None]]:
    """Each example that the dataset has held: key, ticket, team, and the versions from and to which."""
    rows = await installation.rows("Example", dataset_id=dataset["id"])
    return [(r["key"], r["inputs"]["ticket"], r["labels"]["team"], r["from_version"], r["to_version"]) for r in rows]


async def test_a_corrected_label_is_held_from_the_next_version_on(client: Client, installation: Installation) -> None:
    """A hash of the inputs alone took the line for unchanged: what is compared has to be all that a line says."""
    dataset = await a_dataset(client, lines(line("refund", "sales", key="t1"), line("other", key="t2")))
    report = await imported(client, dataset, line("refund", "billing", key="t1"), line("other", key="t2"))
    assert report == {"lines": 2, "added": 0, "changed": 1, "unchanged": 1, "version": 2}
    assert await versions_of(installation, dataset) == [
        ("t1", "refund", "sales", 1, 2),
        ("t2", "other", "billing", 1, None),
        ("t1", "refund", "billing", 2, None),
    ]
    assert (await client.get("Dataset", dataset["id"])).made["example_count"] == 2


@pytest.mark.parametrize("ticket", ["refund", "REFUND"])
async def test_a_line_without_a_key_corrects_the_example_of_its_inputs(
    ticket: str, client: Client, installation: Installation
) -> None:
    dataset = await a_dataset(client, lines(line("refund", "sales", key="t1", split="test")))
    report = await imported(client, dataset, line(ticket, "billing", split=None))
    assert (report["changed"], report["version"]) == (1, 2)
    assert (await versions_of(installation, dataset))[1:] == [("t1", ticket, "billing", 2, None)]
    (_, now) = await installation.rows("Example", dataset_id=dataset["id"])
    assert str(now["split"]) == "test"


async def test_the_inputs_of_a_key_can_be_corrected_and_exchanged(client: Client, installation: Installation) -> None:
    dataset = await a_dataset(client, lines(line("one", key="a"), line("two", key="b")))
    report = await imported(client, dataset, line("two", key="a"), line("one", key="b"), line("three", key="c"))
    assert (report["added"], report["changed"], report["unchanged"]) == (1, 2, 0)
    live = [(key, ticket) for key, ticket, _, _, until in await versions_of(installation, dataset) if until is None]
    assert sorted(live) == [("a", "two"), ("b", "one"), ("c", "three")]


async def test_a_long_file_is_written_in_parts_of_one_version(
    client: Client, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resources.datasets.import_examples.LOOKED_UP", 2)
    monkeypatch.setattr("resources.datasets.unpublished.PART", 2)
    letters = "abcde"
    dataset = await a_dataset(client, lines(*(line(letter, key=letter) for letter in letters)))
    # What one part was, another becomes.
    moved = zip(letters, letters[1:] + letters[0], strict=True)
    report = await imported(client, dataset, *(line(inputs, key=key) for key, inputs in moved), line("new", key="f"))
    assert report == {"lines": 6, "added": 1, "changed": 5, "unchanged": 0, "version": 2}
    assert (await client.get("Dataset", dataset["id"])).made["example_count"] == 6


async def test_an_import_looks_up_only_what_its_lines_are_about(client: Client, installation: Installation) -> None:
    dataset, sent = await a_dataset(client), list[str]()
    with watched(installation.runtime.layer, sent.append):
        await installation.session.run(Dataset.import_examples, {"content": lines(line("a new one"))}, dataset["id"])
    looks = [text for text in sent if text.startswith("SELECT") and "FROM examples" in text]
    assert len(looks) == 2
    assert all("examples.key = " in text or "examples.content_hash = " in text for text in looks), looks


async def test_the_same_inputs_under_another_key_are_refused(client: Client, installation: Installation) -> None:
    dataset = await a_dataset(client, lines(line("refund", key="a")))
    async with installation.unchanged():
        content = lines(line("Refund", "technical", key="b"))
        fault = (await client.act("Dataset.import_examples", dataset["id"], content=content)).fault
    assert fault.at == ("repeated_inputs", "content.1")
    assert fault.message == (
        "line 1: these inputs are those of example `a` of the dataset, but for case and spaces at most"
    )


async def test_an_example_does_not_move_to_another_split(client: Client, installation: Installation) -> None:
    dataset = await a_dataset(client, lines(line("refund", key="a")))
    async with installation.unchanged():
        content = lines(line("a refund", key="a", split="test"))
        fault = (await client.act("Dataset.import_examples", dataset["id"], content=content)).fault
    assert fault.at == ("split_leak", "content.1")


async def test_a_key_made_of_inputs_that_have_changed_since_is_not_given_again(
    client: Client, installation: Installation
) -> None:
    dataset = await a_dataset(client, lines(line("refund")))
    (held,) = await installation.rows("Example", dataset_id=dataset["id"])
    assert (await imported(client, dataset, line("another", key=held["key"])))["changed"] == 1
    async with installation.unchanged():
        content = lines(line("refund"))
        answer = await client.act("Dataset.import_examples", dataset["id"], content=content)
    assert answer.at == [("taken", "content.1")]


LABELS = "ticket -> n: int | None, sure: bool | None, day: datetime | None, part: {x: int, y: str | None} | None"


async def test_labels_are_kept_as_the_program_would_write_them(client: Client, installation: Installation) -> None:
    """A label that is right in another form would score 0 for every right answer."""
    signature = await a_signature(client, LABELS)
    dataset = await a_dataset(client, "", signature_id=signature["id"])
    labels = {"n": "5", "sure": "True", "day": "2026-05-01T10:00:00+00:00", "part": {"x": "1"}}
    assert (await imported(client, dataset, {"inputs": {"ticket": "x"}, "labels": labels}))["added"] == 1
    (row,) = await installation.rows("Example", dataset_id=dataset["id"])
    assert row["labels"] == {"n": 5, "sure": True, "day": "2026-05-01T10:00:00Z", "part": {"x": 1, "y": None}}


async def test_a_byte_order_mark_before_the_first_line_is_passed_over(client: Client) -> None:
    dataset = await a_dataset(client, "")
    content = "\ufeff" + lines(line("one"))
    assert (await client.act("Dataset.import_examples", dataset["id"], content=content)).made["added"] == 1


async def test_a_dataset_is_removed_while_it_holds_nothing(client: Client, installation: Installation) -> None:
    empty, full = await a_dataset(client, ""), await a_dataset(client)
    (await client.act("Dataset.remove", empty["id"])).made  # noqa: B018
    assert (await client.get("Dataset", empty["id"])).value is None
    async with installation.unchanged():
        answer = await client.act("Dataset.remove", full["id"])
    assert answer.fault.code == "in_use"


@pytest.mark.parametrize("content", ["", "\n\n  \n"])
async def test_an_empty_file_is_a_mistake(content: str, client: Client, installation: Installation) -> None:
    dataset = await a_dataset(client, "")
    async with installation.unchanged():
        answer = await client.act("Dataset.import_examples", dataset["id"], content=content)
    assert answer.at == [("empty_file", "content")]


async def test_of_many_mistakes_the_first_hundred_are_told(client: Client, installation: Installation) -> None:
    dataset = await a_dataset(client, "")
    async with installation.unchanged():
        answer = await client.act("Dataset.import_examples", dataset["id"], content="{\n" * 150)
    told = [fault for fault in answer.faults if fault.code == "bad_json"]
    assert [fault.path for fault in told] == [("content", str(n)) for n in range(1, len(told) + 1)]
    assert len(told) >= 99


async def test_imports_at_once_follow_each_other(client: Client, installation: Installation) -> None:
    dataset = await a_dataset(client, "")
    reports = await asyncio.gather(*(imported(client, dataset, line(f"ticket {n}")) for n in range(4)))
    assert sorted(report["version"] for report in reports) == [1, 2, 3, 4]
    rows = await installation.rows("Example", dataset_id=dataset["id"])
    assert sorted(row["from_version"] for row in rows) == [1, 2, 3, 4]


async def test_a_data_set_that_is_not_there(client: Client, installation: Installation) -> None:
    nowhere = "01900000-0000-7000-8000-00000000dead"
    async with installation.unchanged():
        answer = await client.act("Dataset.import_examples", nowhere, content=tickets())
    assert answer.at == [("not_found", "id")]


async def test_a_name_is_taken_once(client: Client, installation: Installation) -> None:
    dataset = await a_dataset(client, "")
    async with installation.unchanged():
        assert (await client.act("Dataset.create", name=dataset["name"])).fault.code == "taken"


async def test_characters_that_some_take_for_line_ends_are_text(client: Client, installation: Installation) -> None:
    """JSON Lines ends a line with a line feed only; U+2028 and U+0085 may stand inside of a string."""
    ticket = "first\u2028second\u0085third\x0bfourth"
    dataset = await a_dataset(client, "")
    content = json.dumps(line(ticket), ensure_ascii=False)
    (await client.act("Dataset.import_examples", dataset["id"], content=content)).made  # noqa: B018
    (row,) = await installation.rows("Example", dataset_id=dataset["id"])
    assert row["inputs"] == {"ticket": ticket}
