"""Pipelines beside the same program written by hand in DSPy: the same questions, answers, traces and names."""

from __future__ import annotations

from typing import Any

import pytest

from framework.errors import Failure, Invalid
from framework.lm.calls.adapter import RememberingAdapter
from framework.lm.dspy_setup import dspy
from framework.lm.modules.catalogue import module_from_json
from framework.lm.modules.steps import STEP
from framework.lm.offline.engine import OfflineEngine
from framework.lm.programs.build import build
from framework.lm.programs.predictors import predictors_of
from framework.lm.programs.program import ProgramDefinition
from framework.lm.programs.state import dump, load
from framework.lm.programs.tools import AllowedTools
from framework.lm.signatures.grammar import parse_signature

_Module: Any = dspy.Module
HERE = "tests.framework.lm.programs.pipelines.test_flow"
TOOLS = AllowedTools((f"{HERE}:*",))
RAG: Any = {
    "kind": "pipeline",
    "steps": [
        {"name": "rewrite", "signature": "question -> query"},
        {
            "name": "search",
            "kind": "tool",
            "tool": f"{HERE}:find",
            "inputs": {"query": "rewrite.query", "k": {"value": 2}},
        },
        {
            "name": "generate",
            "signature": "context: list[str], question -> answer",
            "instructions": "Answer from the context.",
            "module": "chain_of_thought",
            "inputs": {"context": "search"},
        },
    ],
    "outputs": {"answer": "generate.answer"},
}
PASSAGES = ("refunds take five days", "invoices are sent monthly", "passwords are reset by mail")


def find(query: str, k: int = 3) -> list[str]:
    """Find passages that share words with the query."""
    words = {*query.lower().split()}
    return sorted(PASSAGES, key=lambda each: -len(words & {*each.split()}))[:k]


class ByHand(_Module):  # type: ignore[misc]  # DSPy is untyped
    """What RAG says, as somebody writes it who knows DSPy alone."""

    def __init__(self) -> None:
        super().__init__()
        self.rewrite = dspy.Predict("question -> query")
        answer = dspy.Signature("context: list[str], question -> answer", "Answer from the context.")
        self.generate = dspy.ChainOfThought(answer)

    def forward(self, question: str) -> Any:
        """One question."""
        query = self.rewrite(question=question).query
        found = find(query, k=2)
        return dspy.Prediction(answer=self.generate(context=found, question=question).answer)


class Scribe(OfflineEngine):
    """The offline model, which writes down what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Any] = []

    def complete(self, request: Any) -> Any:
        """The answer."""
        self.asked.append((request.system, [(each.role, each.parts) for each in request.messages]))
        return super().complete(request)


class _OnLoop:
    """The same on the event loop."""

    def __init__(self, scribe: Scribe) -> None:
        self.scribe = scribe

    async def complete(self, request: Any) -> Any:
        """The answer."""
        return self.scribe.complete(request)


def definition(module: Any, signature: str = "question -> answer") -> ProgramDefinition:
    return ProgramDefinition("rag", parse_signature(signature), module_from_json(module))


async def run(program: Any, way: str = "thread", *, adapter: Any = None, **inputs: Any) -> tuple[Any, Any, Any]:
    """The prediction, what the model was asked for it, and the trace."""
    scribe = Scribe()
    lm = dspy.LM("offline/in-context", engine=scribe, async_engine=_OnLoop(scribe), cache=False)
    with dspy.context(lm=lm, adapter=adapter or RememberingAdapter(), trace=[]):
        if way == "thread":
            found = program(**inputs)
        else:
            found = await program.acall(**inputs)
        return found, scribe.asked, [(names, dict(gave)) for _, names, gave in dspy.settings.trace]


@pytest.mark.parametrize("way", ["thread", "loop"])
async def test_a_pipeline_asks_what_the_same_program_by_hand_asks(way: str) -> None:
    ours = build(definition(RAG), TOOLS)
    found, asked, trace = await run(ours, way, question="when are refunds paid")
    theirs, plain, plain_trace = await run(ByHand(), adapter=dspy.ChatAdapter(), question="when are refunds paid")
    assert asked == plain
    assert len(asked) == 2
    assert found.answer == theirs.answer
    assert trace == plain_trace


def test_its_predictors_have_the_names_of_its_steps_as_in_dspy() -> None:
    ours = build(definition(RAG), TOOLS)
    assert [name for name, _ in ours.named_predictors()] == ["rewrite", "generate.predict"]
    assert list(predictors_of(ours)) == ["rewrite", "generate.predict"]


async def test_what_it_has_learned_is_asked_with() -> None:
    state = dump(build(definition(RAG), TOOLS))
    demo = {"context": ["a"], "question": "b", "reasoning": "c", "answer": "d"}
    learned = {**state, "generate.predict": {"instructions": "Be brief.", "demos": [demo]}}
    program = load(definition(RAG), learned, TOOLS)
    assert dump(program) == learned
    plain = ByHand()
    plain.generate.predict.signature = plain.generate.predict.signature.with_instructions("Be brief.")
    plain.generate.predict.demos = [dspy.Example(**demo)]
    _, asked, _ = await run(program, question="why?")
    _, theirs, _ = await run(plain, adapter=dspy.ChatAdapter(), question="why?")
    assert asked == theirs


async def test_what_each_step_gave_is_beside_the_answer() -> None:
    found, _, _ = await run(build(definition(RAG), TOOLS), question="invoices")
    assert [each["step"] for each in found.steps] == ["rewrite", "search", "generate"]
    assert found.steps[1]["gave"] == find(found.steps[0]["gave"]["query"], 2)
    assert set(found.steps[2]["gave"]) == {"reasoning", "answer"}


EACH: Any = {
    "kind": "pipeline",
    "steps": [
        {
            "name": "each",
            "kind": "for_each",
            "of": "tickets",
            "item": "ticket",
            "steps": [{"name": "route", "signature": "ticket, hint -> team"}],
            "outputs": {"team": "route.team"},
        }
    ],
    "outputs": {"teams": "each.team"},
}


@pytest.mark.parametrize("way", ["thread", "loop"])
async def test_each_item_is_asked_about_and_the_trace_is_in_their_order(way: str) -> None:
    program = build(definition(EACH, "tickets: list[str], hint -> teams: list[str]"), TOOLS)
    found, asked, trace = await run(program, way, tickets=["a", "b", "c"], hint="x")
    assert len(found.teams) == len(asked) == 3
    assert [inputs["ticket"] for inputs, _ in trace] == ["a", "b", "c"]


async def test_no_more_items_are_taken_than_allowed() -> None:
    few = {**EACH, "steps": [{**EACH["steps"][0], "most": 2}]}
    program = build(definition(few, "tickets: list[str], hint -> teams: list[str]"), TOOLS)
    with pytest.raises(Invalid, match="2 at most") as caught:
        await run(program, tickets=["a", "b", "c"], hint="x")
    assert getattr(caught.value, STEP) == "each"


def choice(*blocks: Any) -> Any:
    return {"kind": "pipeline", "steps": [{"name": "route", "kind": "choose", "blocks": list(blocks)}]}


@pytest.mark.parametrize(
    ("condition", "inputs", "holds"),
    [
        ({"source": "n", "at_least": 3}, {"n": 3}, True),
        ({"source": "n", "at_least": 3}, {"n": 2}, False),
        ({"source": "n", "at_least": 1, "at_most": 2}, {"n": 3}, False),
        ({"source": "n", "one_of": [3, 4]}, {"n": 4}, True),
        ({"source": "n"}, {"n": 0}, False),
        ({"source": "n"}, {"n": 1}, True),
    ],
)
async def test_the_block_whose_condition_holds_is_taken(condition: Any, inputs: Any, *, holds: bool) -> None:
    first = {
        "when": condition,
        "steps": [{"name": "one", "signature": "n: int -> a"}],
        "outputs": {"a": {"value": "1"}},
    }
    other = {"steps": [{"name": "two", "signature": "n: int -> a"}], "outputs": {"a": {"value": "2"}}}
    program = build(definition(choice(first, other), "n: int -> a"), TOOLS)
    found, asked, _ = await run(program, "loop", **inputs)
    assert found.a == ("1" if holds else "2")
    assert len(asked) == 1


async def test_blocks_that_need_nothing_of_each_other_are_asked_at_once() -> None:
    both = {
        "kind": "pipeline",
        "steps": [
            {
                "name": "both",
                "kind": "together",
                "blocks": [
                    {"steps": [{"name": "left", "signature": "q -> a"}], "outputs": {"a": "left.a"}},
                    {"steps": [{"name": "right", "signature": "q -> b"}], "outputs": {"b": "right.b"}},
                ],
            }
        ],
    }
    program = build(definition(both, "q -> a, b"), TOOLS)
    found, asked, trace = await run(program, "loop", q="x")
    assert {*found.keys()} == {"a", "b", "steps"}
    assert [list(gave) for _, gave in trace] == [["a"], ["b"]]
    assert len(asked) == 2


REPEAT: Any = {
    "kind": "pipeline",
    "steps": [
        {
            "name": "polish",
            "kind": "repeat",
            "most": 3,
            "carry": {"draft": {"first": "text", "next": "improve.better"}},
            "until": {"source": "improve.better", "one_of": ["done"]},
            "steps": [{"name": "improve", "signature": "draft -> better"}],
            "outputs": {"text": "improve.better"},
        }
    ],
    "outputs": {"text": "polish.text"},
}


async def test_a_round_is_told_what_the_one_before_gave() -> None:
    module = {**REPEAT, "outputs": {"result": "polish.text"}}
    program = build(definition(module, "text -> result"), TOOLS)
    found, asked, trace = await run(program, "loop", text="first")
    assert len(asked) == 3
    assert [inputs["draft"] for inputs, _ in trace] == ["first", *(gave["better"] for _, gave in trace[:2])]
    assert found.result == trace[-1][1]["better"]


@pytest.mark.parametrize(("inputs", "says"), [({}, "query"), ({"query": "q", "limit": {"value": 1}}, "limit")])
def test_a_tool_that_cannot_be_called_so_is_refused_before(inputs: Any, says: str) -> None:
    search = {"name": "search", "kind": "tool", "tool": f"{HERE}:find", "inputs": inputs}
    with pytest.raises(Invalid) as caught:
        build(definition({"kind": "pipeline", "steps": [search], "outputs": {"a": "search"}}, "q -> a"), TOOLS)
    (issue,) = caught.value.issues
    assert issue.code == "tool_arguments"
    assert says in issue.message


async def test_a_step_whose_input_does_not_come_right_says_so() -> None:
    wrong = {
        "kind": "pipeline",
        "steps": [
            {"name": "search", "kind": "tool", "tool": f"{HERE}:find", "inputs": {"query": "q"}},
            {"name": "answer", "signature": "n: int -> a", "inputs": {"n": "search"}},
        ],
    }
    with pytest.raises(Failure) as caught:
        await run(build(definition(wrong, "q -> a"), TOOLS), q="x")
    assert getattr(caught.value, STEP) == "answer"
    assert caught.value.issues[0].path[:2] == ("steps", "answer")
