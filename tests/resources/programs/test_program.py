"""Programs: made with a first version, promoted and taken back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from resources.programs.definition import definition_from_json, version_values
from resources.programs.version import Origin, ProgramVersion
from tests.installation.answer import Asked, Client
from tests.installation.installation import Installation
from tests.installation.making import a_program, a_signature, unique

NOWHERE = "01900000-0000-7000-8000-00000000dead"


async def a_second_version(installation: Installation, program: str) -> None:
    """A version as an optimization leaves it."""
    (first,) = await installation.rows("ProgramVersion", program_id=program)
    state = {"self": {"instructions": "Route the ticket, quickly.", "demos": []}}
    given = {"program_id": program, "number": 2, "origin": Origin.OPTIMIZED, "parent_number": 1}
    values = version_values(definition_from_json(first["definition"]), state)
    await installation.session.create(ProgramVersion.record, {**given, **values})


async def test_a_new_program_has_a_first_version_that_is_live(client: Client, installation: Installation) -> None:
    signature = await a_signature(client)
    given = {"slug": unique("p"), "name": "P", "signature_id": signature["id"], "kind": "chain_of_thought"}
    program = (await client.act("Program.create", **given)).made
    assert (program["live_number"], program["version_count"], program["kind"]) == (1, 1, "chain_of_thought")
    listed = (await client.list("ProgramVersion", Asked(filter={"program_id": {"eq": program["id"]}}))).made
    (version,) = listed["items"]
    assert (version["number"], version["origin"], version["parent_number"]) == (1, "authored", None)
    assert version["definition"] == {
        "name": given["slug"],
        "signature": signature["definition"],
        "module": version["definition"]["module"],
        "tools": [],
        "settings": {"adapter": "chat"},
    }
    assert version["definition"]["module"]["kind"] == "chain_of_thought"
    assert (version["state"], len(version["digest"])) == ({}, 64)
    assert [e.type for e in await installation.events(program["id"])] == ["program.create"]
    assert [e.type for e in await installation.events(version["id"])] == ["program_version.record"]


async def test_equal_programs_have_versions_of_equal_digest_but_for_their_name(
    client: Client, installation: Installation
) -> None:
    program = await a_program(client)
    (version,) = await installation.rows("ProgramVersion", program_id=program["id"])
    again = version_values(definition_from_json(version["definition"]), version["state"])
    assert again["digest"] == version["digest"]


async def test_promoting_changes_what_is_live_and_is_taken_back_alike(
    client: Client, installation: Installation
) -> None:
    program = await a_program(client)
    await a_second_version(installation, program["id"])
    for number in (2, 1):
        promoted = (await client.act("Program.promote", program["id"], number=number)).made
        assert (promoted["live_number"], promoted["version_count"]) == (number, 2)
        answer = (await client.act("Program.execute", program["id"], inputs={"ticket": "refund my order"})).made
        assert answer["version"] == number
    told = await installation.events(program["id"], "program.promote")
    assert [entry.data["live_number"] for entry in told] == [2, 1]


@pytest.mark.parametrize("number", [0, -1])
async def test_versions_are_counted_from_one(number: int, client: Client) -> None:
    fault = (await client.act("Program.promote", (await a_program(client))["id"], number=number)).fault
    assert fault.at == ("greater_than_equal", "number")


@pytest.mark.parametrize("number", [2, 2**31 - 1])
async def test_a_version_that_is_not_there_is_not_promoted(
    number: int, client: Client, installation: Installation
) -> None:
    program = await a_program(client)
    async with installation.unchanged():
        fault = (await client.act("Program.promote", program["id"], number=number)).fault
    assert fault.at == ("no_such_record", "number")
    assert str(number) in fault.message
    assert (await client.get("Program", program["id"])).made == program


@pytest.mark.parametrize("number", [2**31, 2**62])
async def test_a_version_that_cannot_be_is_not_promoted(number: int, installation: Installation) -> None:
    program = await a_program(installation.rest)
    async with installation.unchanged():
        rest = (await installation.rest.act("Program.promote", program["id"], number=number)).fault
        graphql = (await installation.graphql.act("Program.promote", program["id"], number=number)).fault
    assert rest.at == ("less_than_equal", "number")
    # An Int has no such value, so GraphQL refuses the document.
    assert graphql.code == "bad_query"


WRONG: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "a slug with spaces": ({"slug": "not a slug"}, ("string_pattern_mismatch", "slug")),
    "no name": ({"name": ""}, ("string_too_short", "name")),
    "no such signature": ({"signature_id": NOWHERE}, ("no_such_record", "signature_id")),
    "no such model": ({"model_id": NOWHERE}, ("no_such_record", "model_id")),
    "an unknown setting": ({"module": {"temperature": 1}}, ("unexpected_keyword_argument", "module.temperature")),
    "a setting out of range": ({"kind": "best_of_n", "module": {"n": 0}}, ("greater_than_equal", "module.n")),
    "tools and a module that uses none": ({"tools": ["os:system"]}, ("tools_without_react", "tools")),
    "a module of tools without any": ({"kind": "react"}, ("react_without_tools", "tools")),
    "a reward that is no output": (
        {"kind": "best_of_n", "module": {"reward_field": "luck"}},
        ("unknown_field", "module.reward_field"),
    ),
    "a tool that is no reference": ({"kind": "react", "tools": ["rm -rf"]}, ("string_pattern_mismatch", "tools.0")),
    "a tool that is not allowed": ({"kind": "react", "tools": ["os:system"]}, ("tool_not_allowed", "tools.0")),
}


@pytest.mark.parametrize(("given", "at"), WRONG.values(), ids=WRONG.keys())
async def test_what_cannot_be_a_program_is_refused(
    given: dict[str, Any], at: tuple[str, str], client: Client, installation: Installation
) -> None:
    signature = await a_signature(client)
    values = {"slug": unique("p"), "name": "P", "signature_id": signature["id"], **given}
    async with installation.unchanged():
        answer = await client.act("Program.create", **values)
    assert answer.at == [at]


async def test_everything_that_is_wrong_is_told_at_once(client: Client, installation: Installation) -> None:
    signature = await a_signature(client)
    async with installation.unchanged():
        answer = await client.act("Program.create", slug="A", name="", signature_id=signature["id"])
    assert {fault.path for fault in answer.faults} == {("slug",), ("name",)}


async def test_a_slug_is_taken_once(client: Client, installation: Installation) -> None:
    program = await a_program(client)
    given = {"slug": program["slug"], "name": "Another", "signature_id": program["signature_id"]}
    async with installation.unchanged():
        fault = (await client.act("Program.create", **given)).fault
    assert (fault.code, fault.message) == ("taken", "another program has this slug")


async def test_of_two_who_take_a_slug_at_once_one_is_told(client: Client, installation: Installation) -> None:
    signature = await a_signature(client)
    given = {"slug": unique("p"), "name": "P", "signature_id": signature["id"]}
    answers = await asyncio.gather(*(client.act("Program.create", **given) for _ in range(2)))
    assert sorted(fault.code for answer in answers for fault in answer.faults) == ["taken"]
    (program,) = await installation.rows("Program", slug=given["slug"])
    assert len(await installation.rows("ProgramVersion", program_id=program["id"])) == 1


@pytest.mark.parametrize(
    ("action", "inputs"), [("update", {"name": "B"}), ("promote", {"number": 1}), ("execute", {"inputs": {}})]
)
async def test_a_program_that_is_not_there(
    action: str, inputs: Any, client: Client, installation: Installation
) -> None:
    async with installation.unchanged():
        fault = (await client.act(f"Program.{action}", NOWHERE, **inputs)).fault
    assert fault.at == ("not_found", "id")
    assert NOWHERE in fault.message


async def test_one_that_is_not_there_cannot_be_got(client: Client) -> None:
    assert (await client.get("Program", NOWHERE)).fault.at == ("not_found", "id")


async def test_a_program_is_renamed(client: Client, installation: Installation) -> None:
    program = await a_program(client)
    renamed = (await client.act("Program.update", program["id"], name="Better")).made
    assert renamed == {**program, "name": "Better", "updated_at": renamed["updated_at"]}
    (told,) = await installation.events(program["id"], "program.update")
    assert told.data["name"] == "Better"
