"""Tools and modules that do what code should not: what they do ends with the call that they are part of."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from framework.errors import Failure, Invalid
from framework.lm.calls.call import Answer, Call
from framework.lm.calls.details import details_of
from framework.lm.calls.execute import LmLayer
from framework.lm.dspy_setup import dspy
from framework.lm.evaluation.evaluation import Example, Subject
from framework.lm.metrics.metric_kinds import MetricKind
from framework.lm.metrics.metrics import MetricDefinition, MetricField
from framework.lm.models.model import OFFLINE
from framework.lm.modules.custom import Custom
from framework.lm.modules.flow import TAKEN
from framework.lm.optimize.optimize import optimize
from framework.lm.optimize.run import Data, OptimizationRun
from framework.lm.programs.build import build
from framework.lm.programs.program import ProgramDefinition
from framework.lm.programs.tools import AllowedTools
from framework.lm.signatures.grammar import parse_signature
from tests.framework.lm.programs.pipelines.test_flow import definition

_Module: Any = dspy.Module
HERE = "tests.framework.lm.programs.test_somebodys_code"
TOOLS = AllowedTools((f"{HERE}:*", "tests.framework.lm.programs.test_custom:*"))
QUESTION = {"question": "why?"}


def leaves(question: str) -> str:
    """Ends the process."""
    sys.exit(3)


def runs_out(question: str) -> Any:
    """Asks for more than there is."""
    return next(iter([]))


def waits_too_long(question: str) -> str:
    """Fails as a model that does not answer."""
    raise TimeoutError("the database")


def remembers(question: str, seen: list[str]) -> str:
    """Changes what it was given."""
    seen.append(question)
    return ",".join(seen)


def counts(question: str) -> Any:
    """Gives numbers one after the other."""
    yield from range(3)


class WithModel(_Module):  # type: ignore[misc]  # DSPy is untyped
    """Brings a model, and with it a key."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = dspy.Predict("question -> answer")
        self.answer.lm = dspy.LM("openai/x", api_key="sk-secret")


class Telling(_Module):  # type: ignore[misc]  # DSPy is untyped
    """Says too much when it is made."""

    def __init__(self) -> None:
        super().__init__()
        raise ValueError("password=hunter2")


def using(tool: str, **inputs: Any) -> ProgramDefinition:
    step = {"name": "use", "kind": "tool", "tool": f"{HERE}:{tool}", "inputs": {"question": "question", **inputs}}
    return definition({"kind": "pipeline", "steps": [step], "outputs": {"answer": "use"}})


async def asked(program: ProgramDefinition, layer: LmLayer | None = None, **given: Any) -> Answer | Failure:
    (answer,) = await (layer or LmLayer(tools=TOOLS)).execute([Call(program, {**QUESTION, **given}, OFFLINE)])
    return answer


@pytest.mark.parametrize("tool", ["leaves", "runs_out", "waits_too_long"])
async def test_a_tool_that_would_end_more_than_its_call_fails(tool: str) -> None:
    failure = await asked(using(tool))
    assert isinstance(failure, Failure), failure
    (issue,) = failure.issues
    assert (issue.code, issue.params["step"], issue.params["tool"]) == ("tool_failed", "use", f"{HERE}:{tool}")


async def test_a_value_that_is_always_the_same_stays_so() -> None:
    layer, program = LmLayer(tools=TOOLS), using("remembers", seen={"value": []})
    answers = [await asked(program, layer, question=each) for each in ("alice", "bob")]
    assert [answer.outputs["answer"] for answer in answers if isinstance(answer, Answer)] == ["alice", "bob"]


async def test_what_is_given_one_by_one_is_there_for_every_step() -> None:
    step = {"name": "use", "kind": "tool", "tool": f"{HERE}:counts", "inputs": {"question": "question"}}
    module = {"kind": "pipeline", "steps": [step], "outputs": {"first": "use", "again": "use"}}
    program = definition(module, "question -> first: list[int], again: list[int]")
    answer = await asked(program)
    assert isinstance(answer, Answer), answer
    assert answer.outputs == {"first": [0, 1, 2], "again": [0, 1, 2]}
    assert answer.details["steps"] == [{"step": "use", "gave": [0, 1, 2]}]


def test_a_module_with_a_model_of_its_own_is_refused() -> None:
    with pytest.raises(Invalid, match="a model of its own"):
        build(ProgramDefinition("x", parse_signature("question -> answer"), Custom(f"{HERE}:WithModel")), TOOLS)


async def test_what_a_constructor_says_is_not_told() -> None:
    failure = await asked(ProgramDefinition("x", parse_signature("question -> answer"), Custom(f"{HERE}:Telling")))
    assert isinstance(failure, Failure), failure
    assert failure.issues[0].code == "module_not_made"
    assert "hunter2" not in str(failure)
    assert f"{HERE}:Telling.__init__" in str(failure)


CUSTOM = "tests.framework.lm.programs.test_custom"


@pytest.mark.parametrize(("reference", "params"), [("TwoHop", {"hops": 1}), ("Awaited", {})])
async def test_a_module_of_ones_own_is_a_step_and_is_improved(reference: str, params: Any) -> None:
    module = {"kind": "custom", "reference": f"{CUSTOM}:{reference}", "params": params}
    step = {"name": "own", "signature": "question -> answer", "module": module}
    program = definition({"kind": "pipeline", "steps": [step]})
    answer = await asked(program)
    assert isinstance(answer, Answer), answer
    examples = tuple(Example({"question": f"q{n}"}, {"answer": "a"}, str(n)) for n in range(6))
    run = OptimizationRun(
        subject=Subject(program, OFFLINE),
        data=Data(examples[:2], examples[2:4], examples[4:]),
        metric=MetricDefinition(MetricKind.EXACT, (MetricField("answer"),)),
        optimizer="labeled_few_shot",
        params={"k": 2},
    )
    result = await optimize(LmLayer(tools=TOOLS), run)
    assert result.best_state is not None
    assert "own.answer" in result.best_state


def test_no_step_is_called_as_something_of_a_module_is() -> None:
    assert {name for name in dir(dspy.Module()) if not name.startswith("_")} <= TAKEN


def test_many_steps_stay_a_list_however_long_they_are_together() -> None:
    steps = [{"step": f"s{number}", "gave": "x" * 60_000} for number in range(4)]
    assert details_of({"steps": steps}, ()) == {"steps": steps}
    (longer,) = details_of({"steps": [{"step": "s", "gave": "x" * 200_000}]}, ())["steps"]
    assert len(longer["gave"]) < 110_000


def test_what_goes_round_in_a_circle_is_told_by_its_kind() -> None:
    circle: dict[str, Any] = {}
    circle["a"] = circle["b"] = circle
    assert details_of({"extra": circle, "more": b"\xff"}, ())["extra"] == "dict"
