"""Programs of many parts: made by both transports, asked, improved in parts, swapped, and carried in and out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from framework.jobs.job import JobState
from framework.lm.dspy_setup import dspy
from tests.framework.lm.optimize.runs import SMALL
from tests.installation.answer import Asked, Client
from tests.installation.installation import Installation
from tests.installation.making import a_dataset, a_metric, a_program

TEAM = "Literal['billing', 'technical', 'account']"
STEPS: Any = [
    {"name": "summarize", "signature": "ticket -> summary", "instructions": "Say it shortly."},
    {
        "name": "route",
        "signature": f"ticket, summary -> team: {TEAM}, confidence: Probability",
        "module": "chain_of_thought",
        "inputs": {"summary": "summarize.summary"},
    },
]
PIPELINE: Any = {"kind": "pipeline", "module": {"steps": STEPS}}


async def versions(client: Client, program: str) -> list[Any]:
    asked = Asked(filter={"program_id": {"eq": program}})
    found: list[Any] = (await client.list("ProgramVersion", asked)).made["items"]
    return sorted(found, key=lambda each: int(each["number"]))


async def test_a_pipeline_is_made_and_asked(client: Client) -> None:
    program = await a_program(client, **PIPELINE)
    answer = (await client.act("Program.execute", program["id"], inputs={"ticket": "refund my order"})).made
    assert set(answer["outputs"]) == {"team", "confidence"}
    assert [each["step"] for each in answer["details"]["steps"]] == ["summarize", "route"]
    assert set(answer["details"]["steps"][1]["gave"]) == {"reasoning", "team", "confidence"}
    (version,) = await versions(client, program["id"])
    assert version["definition"]["module"]["steps"][1]["module"] == {"kind": "chain_of_thought"}
    assert 'step_summarize -->|"summary"| step_route' in version["diagram"]


async def test_what_of_it_cannot_work_is_refused_with_its_place(client: Client) -> None:
    broken = [STEPS[0], {**STEPS[1], "inputs": {"summary": "summarise.summary"}}]
    answer = await client.act("Program.create", **await given_with(client, {"steps": broken}))
    assert answer.fault.at == ("unknown_source", "module.steps.1.inputs.summary")
    unread = await client.act("Program.create", **await given_with(client, {"steps": [{"name": "x"}]}))
    assert unread.fault.at == ("wrong_type", "module.steps.0.signature")


async def given_with(client: Client, module: Any) -> dict[str, Any]:
    """What a program is made with."""
    made = await a_program(client)
    return {
        "slug": f"{made['slug']}-again",
        "name": "Triage",
        "signature_id": made["signature_id"],
        "kind": "pipeline",
        "module": module,
    }


async def a_search(client: Client, program: str, **more: Any) -> Any:
    dataset, metric = await a_dataset(client), await a_metric(client)
    given = {"program_id": program, "dataset_id": dataset["id"], "metric_id": metric["id"], **more}
    return await client.act(
        "Optimization.start", optimizer="bootstrap_few_shot", params=dict(SMALL["bootstrap_few_shot"]), **given
    )


async def test_a_chosen_part_is_improved_and_the_rest_stays_to_the_byte(
    client: Client, installation: Installation
) -> None:
    program = await a_program(client, **PIPELINE)
    run = (await a_search(client, program["id"], targets=["route"])).made
    assert await installation.run("Optimization", run["id"]) is JobState.SUCCEEDED
    ended = (await client.get("Optimization", run["id"])).made
    assert ended["result_number"] == 2
    _, made = await versions(client, program["id"])
    assert made["state"]["summarize"] == {"instructions": "Say it shortly.", "demos": []}
    assert made["state"]["route.predict"]["demos"]


async def test_a_search_for_a_part_that_is_not_there_is_refused(client: Client) -> None:
    program = await a_program(client, **PIPELINE)
    answer = await a_search(client, program["id"], targets=["route", "rout"])
    assert answer.fault.at == ("unknown_part", "targets.1")


async def test_what_plain_dspy_has_learned_is_carried_in_and_out(client: Client, tmp_path: Path) -> None:
    program = await a_program(client, "ticket -> team", kind="chain_of_thought")
    plain = dspy.ChainOfThought("ticket -> team")
    plain.predict.demos = [dspy.Example(ticket="refund", reasoning="money", team="billing")]
    plain.predict.signature = plain.predict.signature.with_instructions("Route it.")
    plain.save(str(tmp_path / "x.json"))
    text = (tmp_path / "x.json").read_bytes()

    imported = (await client.act("Program.import", program["id"], state=orjson.loads(text))).made
    assert imported == {"number": 2, "notes": []}
    first, made = await versions(client, program["id"])
    assert (made["origin"], made["parent_number"], made["definition"]) == ("imported", 1, first["definition"])
    assert made["state"]["predict"]["instructions"] == "Route it."
    assert (await client.get("Program", program["id"])).made["live_number"] == 1

    exported = (await client.act("ProgramVersion.export", made["id"])).made
    assert exported == orjson.loads(text)


async def test_the_state_of_another_program_is_refused_with_what_differs(client: Client) -> None:
    program = await a_program(client, "ticket -> team")
    other = orjson.loads(orjson.dumps(dspy.Predict("ticket, year -> team").dump_state()))
    fault = (await client.act("Program.import", program["id"], state=other)).fault
    assert fault.at == ("other_field", "state.signature.fields.1")
    assert len(await versions(client, program["id"])) == 1


async def test_one_part_of_another_version_is_swapped_in(client: Client) -> None:
    program = await a_program(client, **PIPELINE)
    (version,) = await versions(client, program["id"])
    saved = (await client.act("ProgramVersion.export", version["id"])).made
    for part, words in (("summarize", "Be brief."), ("route.predict", "Think twice.")):
        saved[part]["signature"]["instructions"] = words
    assert (await client.act("Program.import", program["id"], state=saved)).made["number"] == 2
    swap = {"parts": ["summarize"], "from_version": 2}
    assert (await client.act("Program.swap_parts", program["id"], **swap)).made["number"] == 3
    first, second, third = await versions(client, program["id"])
    assert (third["origin"], third["parent_number"]) == ("swapped", 1)
    assert third["state"]["summarize"] == second["state"]["summarize"]
    assert third["state"]["route.predict"]["instructions"] != "Think twice."
    assert first["state"] == {}

    fault = (await client.act("Program.swap_parts", program["id"], parts=["nobody"], from_version=2)).fault
    assert fault.at == ("unknown_part", "parts.0")
    fault = (await client.act("Program.swap_parts", program["id"], parts=["route"], from_version=9)).fault
    assert fault.at == ("no_such_record", "from_version")


async def test_everybody_is_told_that_there_is_a_new_version(client: Client, installation: Installation) -> None:
    program = await a_program(client, "ticket -> team")
    state = orjson.loads(orjson.dumps(dspy.Predict("ticket -> team").dump_state()))
    (await client.act("Program.import", program["id"], state=state)).made  # noqa: B018
    _, made = await versions(client, program["id"])
    assert [e.type for e in await installation.events(made["id"])] == ["program_version.record"]
