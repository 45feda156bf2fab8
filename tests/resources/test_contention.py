"""What the platform writes beside the pipeline, in transactions of its own: one that gave way is done again."""

from __future__ import annotations

import pytest

from framework.jobs.job import JobState
from framework.testing.model_server import ModelServer
from resources.optimizations.optimization import Optimizer
from tests.giving_way import first_gives_way
from tests.installation.installation import Installation
from tests.installation.making import a_dataset, a_program, a_subject, unique
from tests.installation.tickets import tickets
from tests.resources.optimizations.small import started

TICKET = {"ticket": "refund my order, I was charged twice"}


async def a_model(installation: Installation, server: ModelServer) -> str:
    """The id of a model that the server answers for."""
    given = {"name": unique("corp"), "provider": "openai_compatible", "model": "m", "api_base": server.url}
    return str((await installation.rest.act("LanguageModel.create", **given, num_retries=0)).made["id"])


@pytest.mark.parametrize("statement", ["INSERT", "UPDATE"])
async def test_question_and_answer_are_written_again_and_the_model_is_asked_once(
    statement: str, installation: Installation, model_server: ModelServer
) -> None:
    program = await a_program(installation.rest, model_id=await a_model(installation, model_server))
    asked = model_server.calls
    async with first_gives_way(installation.settings.database_url or "", statement, "executions"):
        result = (await installation.rest.act("Program.execute", program["id"], inputs=TICKET)).made
    assert model_server.calls - asked == 1
    (kept,) = await installation.rows("Execution", program_id=program["id"])
    assert (str(kept["id"]), str(kept["status"]), kept["outputs"]) == (
        result["execution_id"],
        "succeeded",
        result["outputs"],
    )


async def test_an_import_is_written_again(installation: Installation) -> None:
    dataset = await a_dataset(installation.rest, "")
    async with first_gives_way(installation.settings.database_url or "", "INSERT", "examples"):
        report = (await installation.rest.act("Dataset.import_examples", dataset["id"], content=tickets())).made
    assert (report["added"], report["version"]) == (
        len(await installation.rows("Example", dataset_id=dataset["id"])),
        1,
    )


@pytest.mark.parametrize(
    ("statement", "table"), [("INSERT", "executions"), ("INSERT", "events"), ("UPDATE", "evaluations")]
)
async def test_a_row_of_an_evaluation_that_gave_way_has_not_failed(
    statement: str, table: str, installation: Installation
) -> None:
    subject = await a_subject(installation.rest)
    run = (await installation.rest.act("Evaluation.start", **subject.inputs)).made
    async with first_gives_way(installation.settings.database_url or "", statement, table):
        assert await installation.run("Evaluation", run["id"]) is JobState.SUCCEEDED
    ended = (await installation.rest.get("Evaluation", run["id"])).made
    assert (ended["n"], ended["failed"]) == (12, 0)
    assert len(await installation.rows("Execution", evaluation_id=run["id"])) == 12
    assert (await installation.job_of("Evaluation", run["id"]))["attempt"] == 1


@pytest.mark.parametrize(
    ("statement", "table"),
    [("INSERT", "trials"), ("INSERT", "recorded_calls"), ("INSERT", "program_versions"), ("UPDATE", "optimizations")],
)
async def test_what_an_optimization_writes_is_written_again(
    statement: str, table: str, installation: Installation
) -> None:
    run = await started(installation.rest, str(Optimizer.LABELED_FEW_SHOT))
    async with first_gives_way(installation.settings.database_url or "", statement, table):
        assert await installation.run("Optimization", run["id"]) is JobState.SUCCEEDED
    assert (await installation.job_of("Optimization", run["id"]))["attempt"] == 1
    assert len(await installation.rows("ProgramVersion", program_id=run["program_id"])) == 2
