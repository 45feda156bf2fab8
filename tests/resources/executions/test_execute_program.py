"""Executing: the question on record before it is asked, the answer or the error after it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest

from framework.actions.layers import Layers
from framework.actions.request import Request
from framework.context import Context
from framework.errors import Conflict, Failure, Unavailable
from framework.lm.calls.call import Answer
from framework.lm.calls.call import Call as LmCall
from framework.lm.layer import LM
from framework.processes.stopping import Stopping
from framework.testing.model_server import TOKENS_IN, TOKENS_OUT, UNFIT, Fault, ModelServer
from framework.testing.scripted_lm import ScriptedLm
from framework.testing.until import PATIENCE
from resources.accounts.callers.actors import LOCAL
from resources.executions.execution import Execution
from resources.programs.program import ExecutionResult, Program
from tests.installation.answer import Asked, Client
from tests.installation.installation import Installation, opened
from tests.installation.making import TEXT, a_program, a_signature, unique

TOOLBOX = "tests.framework.lm.toolbox"
TICKET = {"ticket": "refund my order, I was charged twice"}
NOWHERE = "01900000-0000-7000-8000-00000000dead"
Message = dict[str, Any]
EXECUTE = """mutation ($id: ID!, $inputs: JSON!) {
  executeProgram(id: $id, input: {inputs: $inputs}) { result { executionId } }
}"""
SCOPE: Message = {
    "type": "http",
    "asgi": {"version": "3.0", "spec_version": "2.3"},
    "http_version": "1.1",
    "method": "POST",
    "scheme": "http",
    "root_path": "",
    "query_string": b"",
    "server": ("localhost", 80),
    "client": ("127.0.0.1", 1),
}


@pytest.fixture(scope="module")
async def with_tools(installation: Installation) -> AsyncIterator[Installation]:
    """The installation as a process serves it whose settings allow some tools."""
    async with opened(installation.settings.model_copy(update={"allowed_tools": (f"{TOOLBOX}:*",)})) as allowing:
        yield allowing


async def a_model(client: Client, server: ModelServer, **more: Any) -> Any:
    """A model that the server answers for."""
    given = {"name": unique("corp"), "provider": "openai_compatible", "model": "m", "api_base": server.url}
    settings = {"num_retries": 0, **more}
    return (await client.act("LanguageModel.create", **given, **settings)).made


async def test_an_execution_is_on_record_with_all_that_it_took(
    client: Client, installation: Installation, model_server: ModelServer
) -> None:
    model = await a_model(client, model_server, input_price=2.0, output_price=10.0)
    program = await a_program(client, model_id=model["id"])
    result = (await client.act("Program.execute", program["id"], inputs=TICKET)).made
    assert result["outputs"]["team"] in ("billing", "technical", "account")
    assert 0 <= result["outputs"]["confidence"] <= 1
    assert (result["version"], result["model"]) == (1, model["name"])
    assert (result["tokens_in"], result["tokens_out"]) == (TOKENS_IN, TOKENS_OUT)
    assert result["cost_usd"] == pytest.approx((TOKENS_IN * 2 + TOKENS_OUT * 10) / 1e6)
    assert result["latency_ms"] > 0

    kept = (await client.get("Execution", result["execution_id"])).made
    for name in ("outputs", "details", "latency_ms", "tokens_in", "tokens_out", "cost_usd"):
        assert kept[name] == result[name]
    (version,) = await installation.rows("ProgramVersion", program_id=program["id"])
    assert (kept["program_id"], kept["version_id"]) == (program["id"], str(version["id"]))
    assert (kept["model_id"], kept["inputs"]) == (model["id"], TICKET)
    assert (kept["status"], kept["error"]) == ("succeeded", None)
    told = await installation.events(kept["id"])
    assert [entry.type for entry in told] == ["execution.succeed"]


async def test_a_failed_execution_is_on_record_with_what_it_took(client: Client, model_server: ModelServer) -> None:
    """An answer that cannot be read was asked for twice, and paid for twice."""
    model = await a_model(client, model_server, input_price=2.0, output_price=10.0)
    program = await a_program(client, model_id=model["id"])
    model_server.fail(Fault.GARBLED, times=2)
    assert (await client.act("Program.execute", program["id"], inputs=TICKET)).faults[0].code == "model_output_invalid"
    model_server.fail(Fault.SERVER_ERROR, times=1)
    assert (await client.act("Program.execute", program["id"], inputs=TICKET)).fault.code == "model_server_error"
    mine = Asked({"program_id": {"eq": program["id"]}}, sort=("created_at",))
    unread, unanswered = (await client.list("Execution", mine)).made["items"]
    assert (unread["tokens_in"], unread["tokens_out"]) == (2 * TOKENS_IN, 2 * TOKENS_OUT)
    assert unread["cost_usd"] == pytest.approx(2 * (TOKENS_IN * 2 + TOKENS_OUT * 10) / 1e6)
    assert (unanswered["tokens_in"], unanswered["tokens_out"], unanswered["cost_usd"]) == (None, None, None)
    assert min(unread["latency_ms"], unanswered["latency_ms"]) > 0


END = "\n\n[[ ## completed ## ]]"
STEP = "[[ ## next_thought ## ]]\nt\n\n[[ ## next_tool_name ## ]]\nfinish\n\n[[ ## next_tool_args ## ]]\n"
LAST = "[[ ## reasoning ## ]]\nr\n\n[[ ## a ## ]]\nx"
PLACES: dict[str, tuple[str, str, list[str], str]] = {
    "an output": ("predict", "q -> a", ["[[ ## a ## ]]\nPa{raw}ris"] * 2, "failed"),
    "a name within an output": ("predict", "q -> a: dict[str, int]", ['[[ ## a ## ]]\n{"k{sign}": 1}'] * 2, "failed"),
    "reasoning": (
        "chain_of_thought",
        "q -> a",
        ["[[ ## reasoning ## ]]\nbecause{raw} of\n\n[[ ## a ## ]]\nParis"],
        "succeeded",
    ),
    "a part that there is not": (
        "predict",
        "q -> a: {x: int}",
        ['[[ ## a ## ]]\n{"x": 1, "y{sign}": 2}', '{"a": {"x": 1, "y{sign}": 2}}'],
        "failed",
    ),
    "a name within the arguments of a tool": ("react", "q -> a", [STEP + '{"w": {"{sign}": 1}}', LAST], "succeeded"),
}


@pytest.mark.parametrize("sign", ["\\u0000", "\\ud83d"])
@pytest.mark.parametrize(("kind", "text", "said", "status"), PLACES.values(), ids=PLACES.keys())
async def test_what_one_answer_holds_does_not_lose_the_others(
    kind: str,
    text: str,
    said: list[str],
    *,
    status: str,
    sign: str,
    with_tools: Installation,
    model_server: ModelServer,
) -> None:
    installation, tools = with_tools, [f"{TOOLBOX}:capital"] if kind == "react" else []
    model = await a_model(installation.rest, model_server)
    program = await a_program(installation.rest, text, kind=kind, tools=tools, model_id=model["id"])
    with ModelServer() as server:
        odd = await a_model(installation.rest, server)
        raw = json.loads(f'"{sign}"')
        server.say(*[each.replace("{sign}", sign).replace("{raw}", raw) + END for each in said])
        requests = [Request({"inputs": {"q": str(n)}}, UUID(program["id"])) for n in range(3)]
        requests[1] = Request({"inputs": {"q": "odd"}, "model_id": UUID(odd["id"])}, UUID(program["id"]))
        await installation.session.attempt(installation.session.spec(Program.execute), requests)
    rows = await installation.rows("Execution", program_id=program["id"])
    assert [str(row["status"]) for row in rows] == ["succeeded", status, "succeeded"]
    listed = (await installation.rest.list("Execution", Asked({"program_id": {"eq": program["id"]}}))).made["items"]
    assert [row["id"] for row in listed if row["error"]] == [str(row["id"]) for row in rows if row["error"]]


async def test_an_execution_that_was_ended_meanwhile_does_not_lose_the_others(
    installation: Installation, model_server: ModelServer
) -> None:
    model = await a_model(installation.rest, model_server)
    program = await a_program(installation.rest, TEXT, model_id=model["id"])
    requests = [Request({"inputs": TICKET}, UUID(program["id"])) for _ in range(3)]
    session = installation.session
    gate = model_server.hold(after=0)
    running = asyncio.create_task(session.attempt(session.spec(Program.execute), requests))
    await asyncio.to_thread(model_server.arrived.wait, PATIENCE)
    given_up = (await installation.rows("Execution", program_id=program["id"]))[1]["id"]
    await session.update(Execution.fail, given_up, {"error": {"code": "abandoned", "message": "it was given up"}})
    gate.open.set()
    results = await running
    assert [type(result) for result in results] == [ExecutionResult, Conflict, ExecutionResult]
    rows = await installation.rows("Execution", program_id=program["id"])
    assert [str(row["status"]) for row in rows] == ["succeeded", "failed", "succeeded"]
    assert rows[1]["error"]["code"] == "abandoned"


@pytest.mark.parametrize("by", ["stopping", "leaving"])
async def test_one_that_is_broken_off_is_on_record_as_interrupted(
    by: str, installation: Installation, model_server: ModelServer
) -> None:
    """The process is to end, or whoever asks has gone."""
    model_server.fail(Fault.HANG)
    model = await a_model(installation.rest, model_server, timeout_seconds=600.0)
    program = await a_program(installation.rest, TEXT, model_id=model["id"])
    engine, stopping = installation.runtime.engine, Stopping()
    session = replace(engine, services={**engine.services, Stopping: stopping}).session(Context(LOCAL))
    request = Request({"inputs": TICKET}, UUID(program["id"]))
    running = asyncio.create_task(session.attempt(session.spec(Program.execute), [request]))
    await asyncio.to_thread(model_server.arrived.wait, PATIENCE)
    if by == "stopping":
        stopping.begin()
        (failure,) = await asyncio.wait_for(running, PATIENCE)
        assert isinstance(failure, Unavailable)
        issue = failure.issues[0]
        assert issue.code == "interrupted"
        assert await installation.rows("Execution", id=UUID(str(issue.params["execution_id"])))
    else:
        running.cancel()
        await asyncio.wait({running}, timeout=PATIENCE)
        assert running.cancelled()
    (row,) = await installation.rows("Execution", program_id=program["id"])
    assert (str(row["status"]), row["error"]["code"]) == ("failed", "interrupted")


@pytest.mark.parametrize("transport", ["rest", "graphql"])
async def test_a_client_that_leaves_cancels_its_execution(
    transport: str, installation: Installation, model_server: ModelServer
) -> None:
    """The model is hung up on, and the execution does not stay running."""
    model_server.fail(Fault.HANG)
    model = await a_model(installation.rest, model_server, timeout_seconds=600.0)
    program = await a_program(installation.rest, TEXT, model_id=model["id"])
    path = f"/api/programs/{program['id']}/execute"
    given: Message = {"inputs": TICKET}
    if transport == "graphql":
        path, given = "/graphql", {"query": EXECUTE, "variables": {"id": program["id"], **given}}
    body: Message = {"type": "http.request", "body": json.dumps(given).encode(), "more_body": False}
    begun = [body]

    async def receive() -> Message:
        if begun:
            return begun.pop()
        await asyncio.to_thread(model_server.arrived.wait, PATIENCE)
        return {"type": "http.disconnect"}

    async def send(_: Message) -> None:
        pass

    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    scope = {**SCOPE, "path": path, "raw_path": path.encode(), "headers": headers}
    await asyncio.wait_for(installation.app(scope, receive, send), PATIENCE)  # type: ignore[arg-type]  # plain dicts
    assert await asyncio.to_thread(model_server.hung_up.wait, PATIENCE)
    (row,) = await installation.rows("Execution", program_id=program["id"])
    assert (str(row["status"]), row["error"]["code"]) == ("failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Careless:
    """A layer that lets through what no database stores, for the question that asks for it."""

    async def execute(self, calls: Sequence[LmCall]) -> list[Answer | Failure]:
        """The question itself as the answer."""
        return [Answer({"a": call.inputs["q"].replace("NUL", "\x00")}, {}, "m", 1.0, 1, 1, None, 1) for call in calls]

    async def aclose(self) -> None:
        """Nothing is open."""


async def test_an_answer_that_the_store_refuses_fails_its_own_execution(installation: Installation) -> None:
    program = await a_program(installation.rest, "q -> a")
    session = replace(installation.runtime.engine, layers=Layers({LM: Careless})).session(Context(LOCAL))
    requests = [Request({"inputs": {"q": said}}, UUID(program["id"])) for said in ("x", "NUL", "y")]
    results = await session.attempt(session.spec(Program.execute), requests)
    assert [type(result) for result in results] == [ExecutionResult, Unavailable, ExecutionResult]
    rows = await installation.rows("Execution", program_id=program["id"])
    assert [str(row["status"]) for row in rows] == ["succeeded", "failed", "succeeded"]
    assert rows[1]["error"]["code"] == "nul_character"


async def test_the_reasoning_of_a_module_is_kept_beside_the_outputs(client: Client) -> None:
    program = await a_program(client, kind="chain_of_thought")
    result = (await client.act("Program.execute", program["id"], inputs=TICKET)).made
    assert set(result["outputs"]) == {"team", "confidence"}
    assert result["details"]["reasoning"]


async def test_another_model_answers_for_once(client: Client, model_server: ModelServer) -> None:
    program, model = await a_program(client), await a_model(client, model_server)
    result = (await client.act("Program.execute", program["id"], inputs=TICKET, model_id=model["id"])).made
    assert (result["model"], model_server.calls) == (model["name"], 1)
    assert (await client.get("Program", program["id"])).made["model_id"] == program["model_id"]


WRONG: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    "nothing": ({}, [("missing", "inputs.ticket"), ("missing", "inputs.tries")]),
    "one missing": ({"ticket": "x"}, [("missing", "inputs.tries")]),
    "a wrong type": ({"ticket": 3, "tries": 1}, [("wrong_type", "inputs.ticket")]),
    "a number as text": ({"ticket": "x", "tries": "3"}, [("wrong_type", "inputs.tries")]),
    "out of range": ({"ticket": "x", "tries": 11}, [("out_of_range", "inputs.tries")]),
    "too long": ({"ticket": "x" * 51, "tries": 1}, [("too_long", "inputs.ticket")]),
    "no choice": ({"ticket": "x", "tries": 1, "tone": "loud"}, [("not_allowed", "inputs.tone")]),
    "unknown": ({"ticket": "x", "tries": 1, "tikcet": "x"}, [("unknown_input", "inputs.tikcet")]),
    "null": ({"ticket": None, "tries": 1}, [("wrong_type", "inputs.ticket")]),
}
STRICT = "ticket: str[..50], tries: int[1..10], tone: Literal['warm', 'cool'] = 'warm' -> team"


@pytest.mark.parametrize(("inputs", "at"), WRONG.values(), ids=WRONG.keys())
async def test_inputs_that_do_not_fit_are_refused_and_leave_no_trace(
    inputs: Any, at: list[tuple[str, str]], client: Client, installation: Installation
) -> None:
    program = await a_program(client, STRICT)
    async with installation.unchanged():
        answer = await client.act("Program.execute", program["id"], inputs=inputs)
    assert answer.at == at
    assert all("`" in fault.message for fault in answer.faults)


async def test_a_misspelt_input_is_told_with_what_was_meant(client: Client) -> None:
    program = await a_program(client)
    answer = await client.act("Program.execute", program["id"], inputs={**TICKET, "tikcet": "x"})
    assert answer.fault.hint == "did you mean `ticket`?"


@pytest.mark.parametrize(
    ("version", "code"),
    [(0, "greater_than_equal"), (2, "no_such_record"), (2**31 - 1, "no_such_record"), (-1, "greater_than_equal")],
)
async def test_a_version_that_is_not_there_does_not_answer(
    version: int, code: str, client: Client, installation: Installation
) -> None:
    program = await a_program(client)
    async with installation.unchanged():
        answer = await client.act("Program.execute", program["id"], inputs=TICKET, version=version)
    assert answer.at == [(code, "version")]


async def test_a_model_that_is_not_there_does_not_answer(client: Client, installation: Installation) -> None:
    program = await a_program(client)
    async with installation.unchanged():
        answer = await client.act("Program.execute", program["id"], inputs=TICKET, model_id=NOWHERE)
    assert answer.at == [("no_such_record", "model_id")]


FAULTS = {
    Fault.GARBLED: ("model_output_invalid", "read"),
    Fault.TRUNCATED: ("model_output_invalid", "cut off"),
    Fault.NOT_JSON: ("model_output_invalid", "answered with an error"),
    Fault.SERVER_ERROR: ("model_server_error", "failed while it answered"),
    Fault.RATE_LIMITED: ("model_rate_limited", "no more requests"),
    Fault.NO_AUTH: ("model_auth", "refused our key"),
    Fault.DROPPED: ("model_unreachable", "could not be reached"),
    Fault.TOO_LONG: ("model_context_exceeded", "longer than"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_model_that_fails_leaves_a_failed_execution(
    fault: Fault, client: Client, installation: Installation, model_server: ModelServer
) -> None:
    code, says = FAULTS[fault]
    model = await a_model(client, model_server)
    program = await a_program(client, model_id=model["id"])
    model_server.fail(fault)
    told = (await client.act("Program.execute", program["id"], inputs=TICKET)).fault
    assert told.code == code
    assert says in told.message
    listed = (await client.list("Execution", Asked(filter={"program_id": {"eq": program["id"]}}))).made
    (kept,) = listed["items"]
    assert (kept["status"], kept["outputs"], kept["inputs"]) == ("failed", None, TICKET)
    assert kept["error"] == {"code": code, "message": told.message}
    assert [entry.type for entry in await installation.events(kept["id"])] == ["execution.fail"]


@pytest.mark.parametrize("output", ["str[..2]", "Literal['a', 'b']", "Probability", "int[..9]", "list[str]", "date"])
async def test_outputs_that_break_a_constraint_are_an_error_of_the_model(
    output: str, client: Client, installation: Installation, model_server: ModelServer
) -> None:
    model = await a_model(client, model_server)
    program = await a_program(client, f"ticket -> team: {output}", model_id=model["id"])
    model_server.fail(Fault.UNFIT)
    told = (await client.act("Program.execute", program["id"], inputs=TICKET)).fault
    assert told.code == "model_output_invalid"
    (kept,) = await installation.rows("Execution", program_id=program["id"])
    assert (str(kept["status"]), kept["error"]["code"]) == ("failed", "model_output_invalid")
    assert (kept["outputs"], UNFIT in str(kept)) == (None, False)


async def test_a_program_uses_the_tools_that_the_settings_of_its_process_allow(
    installation: Installation, with_tools: Installation
) -> None:
    tools = [f"{TOOLBOX}:capital"]
    program = await a_program(with_tools.rest, "country -> capital: str", kind="react", tools=tools)
    assert program["tools"] == tools
    asked = {"inputs": {"country": "Belgium"}}
    result = (await with_tools.rest.act("Program.execute", program["id"], **asked)).made
    assert result["outputs"]["capital"]
    assert "Brussels" in str(result["details"]["trajectory"])
    # Another process over the same database, which allows none.
    assert (await installation.rest.act("Program.execute", program["id"], **asked)).fault.code == "tool_not_allowed"


async def test_the_steps_of_an_agent_are_kept_in_the_order_they_were_taken(with_tools: Installation) -> None:
    program = await a_program(with_tools.rest, "country -> capital: str", kind="react", tools=[f"{TOOLBOX}:capital"])
    asked = {"inputs": {"country": "Belgium"}}
    result = (await with_tools.rest.act("Program.execute", program["id"], **asked)).made
    kept = (await with_tools.rest.get("Execution", result["execution_id"])).made
    assert kept["details"] == result["details"]
    assert [step["tool_name"] for step in kept["details"]["trajectory"]] == ["capital", "finish"]


async def test_many_programs_are_executed_at_once(installation: Installation) -> None:
    signature = await a_signature(installation.rest)
    given = {"name": "Triage", "signature_id": UUID(signature["id"])}
    made = await installation.session.create_all(Program.create, [{**given, "slug": unique("t")} for _ in range(120)])
    asked = [Request({"inputs": TICKET}, program.id) for program in made]
    results = await installation.session.attempt(installation.domain.action("Program", "execute"), asked)
    assert [type(result) for result in results] == [ExecutionResult] * 120


async def test_a_call_that_failed_names_the_execution_on_record(client: Client, model_server: ModelServer) -> None:
    model = await a_model(client, model_server)
    program = await a_program(client, model_id=model["id"])
    model_server.fail(Fault.GARBLED)
    told = (await client.act("Program.execute", program["id"], inputs=TICKET)).fault
    assert (await client.get("Execution", told.params["execution_id"])).made["error"]["code"] == told.code


async def test_executions_of_a_program_are_a_list_of_their_own(client: Client) -> None:
    program = await a_program(client)
    made = [(await client.act("Program.execute", program["id"], inputs=TICKET)).made["execution_id"] for _ in range(3)]
    mine = {"program_id": {"eq": program["id"]}}
    first = (await client.list("Execution", Asked(filter=mine, sort=["-created_at"], limit=2))).made
    rest = (await client.list("Execution", Asked(mine, ["-created_at"], limit=2, after=first["next"]))).made
    assert [item["id"] for item in (*first["items"], *rest["items"])] == made[::-1]
    assert rest["next"] is None


async def test_both_transports_give_the_same_record(installation: Installation) -> None:
    program = await a_program(installation.rest, TEXT)
    made = (await installation.rest.act("Program.execute", program["id"], inputs=TICKET)).made
    records = [
        (await client.get("Execution", made["execution_id"])).made
        for client in (installation.rest, installation.graphql)
    ]
    assert records[0] == records[1]


async def test_whoever_holds_the_engine_says_what_carries_out_the_calls(installation: Installation) -> None:
    program = await a_program(installation.rest)
    scripted = ScriptedLm(lambda call: {"team": "account", "confidence": 0.25})
    session = replace(installation.runtime.engine, layers=Layers({LM: lambda: scripted})).session(Context(LOCAL))
    result = await session.run(Program.execute, {"inputs": TICKET}, program["id"])
    assert result.outputs == {"team": "account", "confidence": 0.25}
    assert [dict(call.inputs) for call in scripted.asked] == [TICKET]
    (kept,) = await installation.rows("Execution", id=result.execution_id)
    assert kept["outputs"] == result.outputs
