"""Metrics: definitions that can score, kept in full."""

from __future__ import annotations

from typing import Any

import pytest

from tests.installation.answer import Client
from tests.installation.installation import Installation
from tests.installation.making import EXACT, a_metric, a_subject, unique


async def test_a_definition_is_kept_in_full(client: Client) -> None:
    made = await a_metric(client, {"kind": "exact", "fields": {"team": 2, "urgency": 1}})
    assert made["definition"]["fields"] == [{"name": "team", "weight": 2.0}, {"name": "urgency", "weight": 1.0}]
    assert made["definition"]["params"].keys() == {"absolute", "relative"}
    assert (await client.get("Metric", made["id"])).made == made


WRONG: dict[str, tuple[Any, tuple[str, str]]] = {
    "an unknown kind": ({"kind": "exakt", "fields": ["a"]}, ("unknown_kind", "definition.kind")),
    "no fields": ({"kind": "exact", "fields": []}, ("no_fields", "definition.fields")),
    "a field twice": ({"kind": "exact", "fields": ["a", "a"]}, ("duplicate_name", "definition.fields.1.name")),
    "no weight": (
        {"kind": "exact", "fields": [{"name": "a", "weight": 0}]},
        ("bad_weight", "definition.fields.0.weight"),
    ),
    "an unknown key": ({**EXACT, "scale": 2}, ("unknown_key", "definition.scale")),
}


@pytest.mark.parametrize(("definition", "at"), WRONG.values(), ids=WRONG.keys())
async def test_what_cannot_score_is_refused(
    definition: Any, at: tuple[str, str], client: Client, installation: Installation
) -> None:
    async with installation.unchanged():
        answer = await client.act("Metric.create", name=unique("m"), definition=definition)
    assert answer.at == [at]


async def test_a_name_is_taken_once(client: Client, installation: Installation) -> None:
    made = await a_metric(client)
    async with installation.unchanged():
        fault = (await client.act("Metric.create", name=made["name"], definition=EXACT)).fault
    assert fault.code == "taken"


@pytest.mark.parametrize("run", ["Evaluation", "Optimization"])
async def test_a_metric_of_fields_that_the_program_does_not_give_starts_nothing(
    run: str, client: Client, installation: Installation
) -> None:
    subject = await a_subject(client, content="")
    other = await a_metric(client, {"kind": "exact", "fields": ["team", "teem"]})
    async with installation.unchanged():
        fault = (await client.act(f"{run}.start", **{**subject.inputs, "metric_id": other["id"]})).fault
    assert fault.at == ("unknown_field", "metric_id.fields.1.name")
    assert fault.hint == "did you mean `team`?"
