"""A program declared as a class: a typed mutation and a typed endpoint, over a program like any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from framework import STANDARD
from framework.compiler.domain import Domain, problems_of
from framework.testing.model_server import Fault, ModelServer
from resources import PLATFORM
from resources.programs.declared_program import DeclaredProgram
from resources.programs.modules import best_of_n, react
from tests.installation.answer import Client
from tests.installation.installation import Installation
from tests.installation.making import unique
from tests.installation.route_ticket import RouteTicket

TICKET = {"ticket": "refund my order, I was charged twice"}
TEAMS = ["billing", "technical", "account"]


async def the_program(installation: Installation) -> Any:
    """The row that the declaration has."""
    (program,) = await installation.rows("Program", slug="route-ticket")
    return program


async def test_it_is_called_like_a_function(client: Client, installation: Installation) -> None:
    outputs = (await client.act("RouteTicket.execute", **TICKET)).made
    (kept,) = await installation.rows("Execution", id=UUID(outputs.pop("execution_id")))
    assert set(outputs) == {"team", "confidence"}
    assert outputs["team"] in TEAMS
    assert (kept["inputs"], kept["outputs"]) == ({**TICKET, "since": None}, outputs)


async def test_code_calls_it_by_its_class(installation: Installation) -> None:
    result = await installation.session.run(RouteTicket.execute, TICKET)
    assert result.team in TEAMS
    (kept,) = await installation.rows("Execution", id=result.execution_id)
    assert kept["outputs"]["team"] == result.team


def test_no_output_takes_the_name_of_the_executions_id() -> None:
    class Audit(DeclaredProgram):
        """Find the execution."""

        signature = "log -> execution_id: str"

    (problem,) = problems_of(Domain("audits", [Audit]))
    assert problem.path == "Audit.signature"
    assert problem.says == "`execution_id` is what every result calls the id of its execution"


def test_a_module_that_does_not_fit_is_told_at_the_class() -> None:
    class Agent(DeclaredProgram):
        """Look it up."""

        signature = "question -> answer"
        module = react()

    class Best(DeclaredProgram):
        """Answer well."""

        signature = "question -> answer"
        module = best_of_n(reward_field="zzz")

    agent, best = problems_of(Domain("agents", [Agent, Best]))
    assert (agent.path, agent.says) == ("Agent.tools", "a react module needs at least one tool")
    assert best.path == "Best.module.reward_field"
    assert {Path(problem.at.file).name for problem in (agent, best)} == {Path(__file__).name}


def test_a_conversation_may_be_an_input() -> None:
    class Talk(DeclaredProgram):
        """Answer in a conversation."""

        signature = "history: History, question -> answer"

    assert problems_of(PLATFORM, Domain("talks", [Talk], STANDARD)) == ()


async def test_a_typed_input_is_kept_as_json(client: Client, installation: Installation) -> None:
    (await client.act("RouteTicket.execute", **TICKET, since="2026-01-31")).made  # noqa: B018
    kept = (await installation.rows("Execution", program_id=(await the_program(installation))["id"]))[-1]
    assert kept["inputs"]["since"] == "2026-01-31"


async def test_it_can_be_executed_like_any_other_program(client: Client, installation: Installation) -> None:
    program = await the_program(installation)
    result = (await client.act("Program.execute", program["id"], inputs=TICKET)).made
    assert (result["version"], set(result["outputs"])) == (1, {"team", "confidence"})


WRONG: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "too short": ({"ticket": "x"}, [("string_too_short", "ticket")]),
    "too long": ({"ticket": "x" * 501}, [("string_too_long", "ticket")]),
}


@pytest.mark.parametrize(("inputs", "at"), WRONG.values(), ids=WRONG.keys())
async def test_inputs_beyond_their_limits_are_refused_by_name(
    inputs: Any, at: list[tuple[str, str]], client: Client, installation: Installation
) -> None:
    async with installation.unchanged():
        assert (await client.act("RouteTicket.execute", **inputs)).at == at


REFUSED_BY_TYPE: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "missing": ({}, ("missing", "ticket")),
    "a number for text": ({"ticket": 3}, ("string_type", "ticket")),
    "null": ({"ticket": None}, ("string_type", "ticket")),
    "no date": ({**TICKET, "since": "yesterday"}, ("date_parsing", "since")),
}


@pytest.mark.parametrize(("inputs", "at"), REFUSED_BY_TYPE.values(), ids=REFUSED_BY_TYPE.keys())
async def test_rest_refuses_inputs_of_another_type(
    inputs: Any, at: tuple[str, str], installation: Installation
) -> None:
    async with installation.unchanged():
        assert (await installation.rest.act("RouteTicket.execute", **inputs)).at == [at]


@pytest.mark.parametrize("inputs", [each[0] for each in REFUSED_BY_TYPE.values()], ids=REFUSED_BY_TYPE.keys())
async def test_graphql_refuses_them_by_its_schema(inputs: Any, installation: Installation) -> None:
    async with installation.unchanged():
        assert {code for code, _ in (await installation.graphql.act("RouteTicket.execute", **inputs)).at} == {
            "bad_query"
        }


async def test_an_input_that_there_is_not(installation: Installation) -> None:
    async with installation.unchanged():
        fault = (await installation.rest.act("RouteTicket.execute", **TICKET, tikcet="x")).fault
        query = 'mutation { routeTicket(ticket: "abc", tikcet: "x") { team } }'
        answer = (await installation.http.post("/graphql", json={"query": query})).json()
    assert (fault.at, fault.hint) == (("unknown_input", "tikcet"), "did you mean `ticket`?")
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "bad_query"
    assert "'tikcet'" in error["message"]


async def test_a_model_that_fails_fails_the_call_and_is_on_record(
    client: Client, installation: Installation, model_server: ModelServer
) -> None:
    program = await the_program(installation)
    given = {"name": unique("corp"), "provider": "openai_compatible", "model": "m", "api_base": model_server.url}
    model = (await client.act("LanguageModel.create", **given, num_retries=0)).made
    (await client.act("Program.update", program["id"], model_id=model["id"])).made  # noqa: B018
    try:
        model_server.fail(Fault.GARBLED)
        fault = (await client.act("RouteTicket.execute", **TICKET)).fault
    finally:
        (await client.act("Program.update", program["id"], model_id=str(program["model_id"]))).made  # noqa: B018
    assert fault.code == "model_output_invalid"
    kept = (await installation.rows("Execution", program_id=program["id"]))[-1]
    assert (str(kept["status"]), kept["error"]["code"]) == ("failed", "model_output_invalid")


async def test_its_schema_is_that_of_its_signature(installation: Installation) -> None:
    document = (await installation.http.get("/openapi.json")).json()
    operation = document["paths"]["/api/programs/route-ticket/execute"]["post"]
    assert operation["summary"] == "Route the ticket to the team that answers it."
    schemas = document["components"]["schemas"]
    taken = schemas[_name(operation["requestBody"]["content"]["application/json"]["schema"])]
    assert taken["properties"]["ticket"] == {"type": "string", "minLength": 3, "maxLength": 500}
    assert taken["required"] == ["ticket"]
    given = schemas[_name(operation["responses"]["200"]["content"]["application/json"]["schema"])]
    assert given["properties"]["team"]["enum"] == TEAMS
    confidence = given["properties"]["confidence"]
    assert (confidence["type"], confidence["minimum"], confidence["maximum"]) == ("number", 0, 1)


async def test_its_choices_are_an_enum_of_graphql(installation: Installation) -> None:
    query = '{ __type(name: "RouteTicketResultTeam") { kind enumValues { name } } }'
    answer = (await installation.http.post("/graphql", json={"query": query})).json()["data"]["__type"]
    assert (answer["kind"], [each["name"] for each in answer["enumValues"]]) == ("ENUM", [t.upper() for t in TEAMS])


def _name(schema: Any) -> str:
    return str(schema["$ref"]).rpartition("/")[2]
