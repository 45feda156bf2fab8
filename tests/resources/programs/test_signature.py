"""Signatures: defined as text or JSON, checked to the column, counted up under their name."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.installation.answer import Asked, Client
from tests.installation.installation import Installation
from tests.installation.making import TEXT, a_signature, unique


async def test_a_signature_is_kept_in_its_canonical_form(client: Client) -> None:
    made = (
        await client.act(
            "Signature.create",
            name=unique("triage"),
            text="ticket:str[..500]   ->  team : Literal['a','b'] , sure: Probability",
            instructions="Route it.",
        )
    ).made
    assert made["version"] == 1
    assert made["text"] == "ticket: str[..500] -> team: Literal['a', 'b'], sure: Probability"
    assert made["definition"]["instructions"] == made["instructions"] == "Route it."
    assert made["input_schema"]["properties"]["ticket"]["maxLength"] == 500
    assert made["output_schema"]["required"] == ["team", "sure"]
    assert len(made["digest"]) == 64
    assert (await client.get("Signature", made["id"])).made == made


async def test_text_and_json_define_the_same(client: Client) -> None:
    first = await a_signature(client)
    again = (await client.act("Signature.create", name=unique("triage"), definition=first["definition"])).made
    assert (again["text"], again["digest"]) == (first["text"], first["digest"])


async def test_versions_count_up_under_a_name(client: Client) -> None:
    name = unique("triage")
    made = [(await client.act("Signature.create", name=name, text=TEXT)).made["version"] for _ in range(3)]
    assert made == [1, 2, 3]
    listed = (await client.list("Signature", Asked(filter={"name": {"eq": name}}, sort=["-version"]))).made
    assert [item["version"] for item in listed["items"]] == [3, 2, 1]


async def test_those_who_define_at_once_get_a_version_each(client: Client) -> None:
    name = unique("triage")
    answers = await asyncio.gather(*(client.act("Signature.create", name=name, text=TEXT) for _ in range(5)))
    assert sorted(answer.made["version"] for answer in answers) == [1, 2, 3, 4, 5]


NOWHERE = "01900000-0000-7000-8000-00000000dead"

# Each text with the sign that its refusal puts under it.
MALFORMED = {
    "no arrow": ("ticket: str", "no_arrow", 12),
    "an unknown type": ("ticket: strr -> team", "unknown_type", 9),
    "an unknown type of an output": ("ticket -> team: Teem", "unknown_type", 17),
    "a name twice": ("a: str, a: int -> b", "duplicate_name", 9),
    "an empty choice": ("a -> b: Literal[]", "bad_literal", 9),
    "an open bracket": ("a: list[str -> b", "syntax", 13),
}


@pytest.mark.parametrize(("text", "code", "column"), MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_text_is_refused_at_its_column(
    text: str, code: str, column: int, *, client: Client, installation: Installation
) -> None:
    async with installation.unchanged():
        fault = (await client.act("Signature.create", name=unique("triage"), text=text)).fault
    assert fault.at == (code, "text")
    assert (fault.params["line"], fault.params["column"]) == (1, column)
    assert fault.message.splitlines()[1:] == [f"  {text}", " " * (column + 1) + "^"]


UNSOUND: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "neither": ({}, [("missing", "text")]),
    "both": ({"text": TEXT, "definition": {}}, [("missing", "text")]),
    "no definition": ({"definition": {"inputs": 3}}, [("wrong_type", "definition.inputs")]),
    "no name": ({"name": "", "text": TEXT}, [("string_too_short", "name")]),
    "a long name": ({"name": "n" * 121, "text": TEXT}, [("string_too_long", "name")]),
    "no such project": ({"project_id": NOWHERE, "text": TEXT}, [("no_such_record", "project_id")]),
}


@pytest.mark.parametrize(("given", "at"), UNSOUND.values(), ids=UNSOUND.keys())
async def test_what_is_no_signature_is_refused(
    given: dict[str, Any], at: list[tuple[str, str]], client: Client, installation: Installation
) -> None:
    async with installation.unchanged():
        answer = await client.act("Signature.create", **{"name": unique("triage"), **given})
    assert answer.at == at
