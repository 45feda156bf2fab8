"""The example of questions: programs of many parts, asked and improved over their own data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from examples.questions.answer_question import AnswerQuestion
from examples.questions.answer_two_hop import AnswerTwoHop
from examples.questions.domain import QUESTIONS
from examples.questions.passages import find
from examples.questions.two_hop import TwoHop
from framework.compiler.domain import compile_domain
from framework.lm.calls.call import Answer, Call
from framework.lm.calls.execute import LmLayer
from framework.lm.dspy_setup import dspy
from framework.lm.evaluation.evaluation import Example, Subject
from framework.lm.metrics.metric_kinds import MetricKind
from framework.lm.metrics.metrics import MetricDefinition, MetricField
from framework.lm.models.model import OFFLINE
from framework.lm.optimize.optimize import optimize
from framework.lm.optimize.run import Data, OptimizationRun
from framework.lm.programs.build import build
from framework.lm.programs.state import dump
from framework.lm.programs.tools import AllowedTools
from resources import PLATFORM
from tests.framework.lm.programs.pipelines.test_flow import run

TOOLS = AllowedTools(("examples.questions.passages:find", "examples.questions.two_hop:TwoHop"))
FILE = Path("examples/questions/questions.jsonl")
QUESTION = {"question": "How soon is a refund paid?"}


def questions(split: str) -> tuple[Example, ...]:
    root = Path(__file__).parents[2]
    lines = map(json.loads, (root / FILE).read_text(encoding="utf-8").splitlines())
    return tuple(Example(line["inputs"], line["labels"], line["key"]) for line in lines if line["split"] == split)


def test_they_are_declared_soundly() -> None:
    compiled = compile_domain(PLATFORM, QUESTIONS)
    assert {"AnswerQuestion", "AnswerTwoHop"} <= compiled.resources.keys()


def test_the_passage_that_answers_is_found() -> None:
    for example in (*questions("train"), *questions("validation")):
        assert any(example.outputs["answer"].lower() in passage.lower() for passage in find(example.inputs["question"]))


@pytest.mark.parametrize(("program", "steps"), [(AnswerQuestion, 2), (AnswerTwoHop, 0)])
async def test_they_answer(program: Any, steps: int) -> None:
    (answer,) = await LmLayer(tools=TOOLS).execute([Call(program.program(), QUESTION, OFFLINE)])
    assert isinstance(answer, Answer), answer
    assert set(answer.outputs) == {"answer"}
    assert len(answer.details.get("steps", ())) == steps
    assert steps or len(answer.details["context"]) >= 2


async def test_the_module_is_asked_here_as_in_plain_dspy() -> None:
    found, asked, trace = await run(build(AnswerTwoHop.program(), TOOLS), **QUESTION)
    theirs, by_dspy, plain_trace = await run(TwoHop(), adapter=dspy.ChatAdapter(), **QUESTION)
    assert (asked, found.answer, trace) == (by_dspy, theirs.answer, plain_trace)


@pytest.mark.parametrize(
    ("program", "target", "part"),
    [(AnswerQuestion, "generate", "generate.predict"), (AnswerTwoHop, "generate_answer", "generate_answer.predict")],
)
async def test_a_part_is_improved_and_the_others_stay(program: Any, target: str, part: str) -> None:
    definition = program.program()
    start = dump(build(definition, TOOLS))
    result = await optimize(
        LmLayer(tools=TOOLS),
        OptimizationRun(
            subject=Subject(definition, OFFLINE),
            data=Data(questions("train"), questions("validation"), questions("test")),
            metric=MetricDefinition(MetricKind.TOKEN_F1, (MetricField("answer"),)),
            optimizer="labeled_few_shot",
            params={"k": 6},
            targets=(target,),
        ),
    )
    assert result.best_state is not None
    assert len(result.best_state[part]["demos"]) == 6
    assert {name: each for name, each in result.best_state.items() if name != part} == {
        name: each for name, each in start.items() if name != part
    }
