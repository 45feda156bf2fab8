"""Modules that somebody wrote: made by name, asked as they are, and told of by the place where they fail."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any

import pytest

from framework.errors import Failure, Invalid
from framework.lm.calls.call import Answer, Call
from framework.lm.calls.execute import LmLayer
from framework.lm.dspy_setup import dspy
from framework.lm.models.model import OFFLINE, ModelDefinition
from framework.lm.modules.custom import Custom
from framework.lm.programs.build import build
from framework.lm.programs.program import ProgramDefinition
from framework.lm.programs.state import dump, load
from framework.lm.programs.tool_threads import FORKED
from framework.lm.programs.tools import AllowedTools
from framework.lm.signatures.grammar import parse_signature

_Module: Any = dspy.Module
HERE = "tests.framework.lm.programs.test_custom"
TOOLS = AllowedTools((f"{HERE}:*",))
SIGNATURE = parse_signature("question -> answer")


class TwoHop(_Module):  # type: ignore[misc]  # DSPy is untyped
    """Asks twice, as a class of one's own does that knows nothing of us."""

    def __init__(self, hops: int = 2) -> None:
        super().__init__()
        self.queries = [dspy.ChainOfThought("question, notes: list[str] -> query") for _ in range(hops)]
        self.answer = dspy.Predict("question, notes: list[str] -> answer")

    def forward(self, question: str) -> Any:
        """The notes grow with each query."""
        notes: list[str] = []
        for each in self.queries:
            notes.append(each(question=question, notes=notes).query)
        return self.answer(question=question, notes=notes)


class Awaited(_Module):  # type: ignore[misc]  # DSPy is untyped
    """One that is asked on the event loop."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = dspy.Predict("question -> answer")

    async def aforward(self, question: str) -> Any:
        """As it comes."""
        return await self.answer.acall(question=question)


class Broken(_Module):  # type: ignore[misc]  # DSPy is untyped
    """One that does what modules should not do."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how

    def forward(self, question: str) -> Any:
        """What it was told to."""
        if self.how == "raises":
            raise ValueError(f"the secret is {question}")
        if self.how == "hangs":
            time.sleep(60)
        if self.how == "forks" and os.fork() == 0:
            return dspy.Prediction(answer="the copy")
        if self.how == "gives text":
            return "text"
        if self.how == "prints":
            print("to nobody")
        return dspy.Prediction(answer="fine")


def refuses() -> None:
    raise OSError("no such index")


def program(reference: str, **params: Any) -> ProgramDefinition:
    return ProgramDefinition("mine", SIGNATURE, Custom(f"{HERE}:{reference}", params))


async def asked(definition: ProgramDefinition, model: ModelDefinition = OFFLINE) -> Answer | Failure:
    layer = LmLayer(tools=TOOLS)
    (answer,) = await layer.execute([Call(definition, {"question": "why?"}, model)])
    await layer.aclose()
    return answer


@pytest.mark.parametrize(("reference", "calls"), [("TwoHop", 3), ("Awaited", 1)])
async def test_it_answers(reference: str, calls: int) -> None:
    answer = await asked(program(reference))
    assert isinstance(answer, Answer), answer
    assert set(answer.outputs) == {"answer"}
    assert answer.calls == calls


def test_its_state_has_the_names_that_dspy_has_for_its_parts() -> None:
    made = build(program("TwoHop", hops=2), TOOLS)
    assert list(dump(made)) == ["queries[0].predict", "queries[1].predict", "answer"]
    assert [name for name, _ in made.named_predictors()] == list(dump(made))


def test_what_it_has_learned_comes_back() -> None:
    definition = program("TwoHop", hops=1)
    state = dump(build(definition, TOOLS))
    state["answer"] = {"instructions": "Be brief.", "demos": [{"question": "a", "notes": ["b"], "answer": "c"}]}
    assert dump(load(definition, state, TOOLS)) == state


@pytest.mark.parametrize(
    ("reference", "params", "code"),
    [
        ("TwoHop", {"hobs": 3}, "module_not_made"),
        ("refuses", {}, "module_not_made"),
        ("HERE", {}, "tool_not_found"),
        ("nothing", {}, "tool_not_found"),
        ("dict", {}, "tool_not_found"),
        ("parse_signature", {"text": "a -> b"}, "no_module"),
    ],
)
def test_what_gives_no_module_is_refused(reference: str, params: Any, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        build(program(reference, **params), TOOLS)
    assert caught.value.issues[0].code == code
    assert caught.value.issues[0].path[0] == "module"


def test_a_module_that_is_not_on_the_list_is_not_imported() -> None:
    with pytest.raises(Invalid) as caught:
        build(ProgramDefinition("mine", SIGNATURE, Custom("this:Zen")), TOOLS)
    assert caught.value.issues[0].code == "tool_not_allowed"


@pytest.mark.parametrize(("how", "code"), [("raises", "program_failed"), ("gives text", "program_failed")])
async def test_one_that_fails_is_told_by_its_place_and_not_by_what_it_says(how: str, code: str) -> None:
    failure = await asked(program("Broken", how=how))
    assert isinstance(failure, Failure), failure
    assert failure.issues[0].code == code
    assert "secret" not in str(failure)
    if how == "raises":
        assert failure.issues[0].params["at"].startswith(f"{HERE}:Broken.forward, line ")


async def test_one_that_hangs_is_left() -> None:
    definition = ProgramDefinition("mine", SIGNATURE, Custom(f"{HERE}:Broken", {"how": "hangs"}, max_calls=1))
    failure = await asked(definition, ModelDefinition("quick", timeout_seconds=0.2, num_retries=0))
    assert isinstance(failure, Failure), failure
    assert failure.issues[0].code == "model_timeout"


@pytest.mark.parametrize("how", ["forks", "prints"])
async def test_one_that_forks_or_prints_answers_once(how: str) -> None:
    answer = await asked(program("Broken", how=how))
    assert isinstance(answer, Answer), answer
    assert answer.outputs == {"answer": "fine"}
    if how == "forks":
        _, status = await asyncio.to_thread(os.wait)
        assert os.waitstatus_to_exitcode(status) == FORKED
