"""Programs carried in from plain DSPy and out to it: both sides ask the same, to the byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from framework.errors import Invalid
from framework.lm.dspy_setup import dspy
from framework.lm.modules.catalogue import module_from_json
from framework.lm.programs.build import build
from framework.lm.programs.dspy_state import MOST_DEMOS, from_dspy, to_dspy
from framework.lm.programs.program import ProgramDefinition
from framework.lm.programs.state import dump, load
from framework.lm.programs.tools import AllowedTools
from framework.lm.signatures.grammar import parse_signature
from tests.framework.lm.programs.pipelines.test_flow import RAG, TOOLS, ByHand, run

Make = Any
SIGNATURE = parse_signature("question -> answer", instructions="Answer well.")
PLAIN = dspy.Signature("question -> answer", "Answer well.")
TOOL = "tests.framework.lm.toolbox:add"
ADD = AllowedTools((TOOL,))


def definition(module: Any, *tools: str) -> ProgramDefinition:
    return ProgramDefinition("ask", SIGNATURE, module_from_json(module), tools)


def add(a: int, b: int) -> int:
    """Add two numbers and return the sum."""
    return a + b


CASES: list[tuple[ProgramDefinition, Make, AllowedTools]] = [
    (definition("predict"), lambda: dspy.Predict(PLAIN), ADD),
    (definition("chain_of_thought"), lambda: dspy.ChainOfThought(PLAIN), ADD),
    (definition("react", TOOL), lambda: dspy.ReAct(PLAIN, tools=[add]), ADD),
    (ProgramDefinition("rag", parse_signature("question -> answer"), module_from_json(RAG)), ByHand, TOOLS),
]


def learned(program: Any) -> Any:
    """A program of DSPy's that knows something: labeled and bootstrapped demonstrations, and new instructions."""
    for number, predictor in enumerate(program.predictors()):
        fields: dict[str, Any] = {name: f"{name} {number}" for name in predictor.signature.fields}
        fields |= {name: ["a"] for name in ("context",) if name in fields}
        fields |= {name: {"a": 1} for name in ("next_tool_args",) if name in fields}
        fields |= {name: "finish" for name in ("next_tool_name",) if name in fields}
        predictor.demos = [dspy.Example(augmented=True, **fields), dspy.Example(question="q", answer="a")]
        predictor.signature = predictor.signature.with_instructions(f"Learned {number}.")
    return program


@pytest.mark.parametrize(("ours", "theirs", "tools"), CASES)
async def test_what_plain_dspy_saved_is_asked_here_to_the_byte(
    ours: ProgramDefinition, theirs: Make, tools: AllowedTools, tmp_path: Path
) -> None:
    plain = learned(theirs())
    plain.save(str(tmp_path / "x.json"))
    read = from_dspy(orjson.loads((tmp_path / "x.json").read_bytes()), ours, tools)
    assert read.notes == ()
    _, asked, _ = await run(load(ours, read.state, tools), question="why?")
    _, by_dspy, _ = await run(plain, adapter=dspy.ChatAdapter(), question="why?")
    assert asked == by_dspy


@pytest.mark.parametrize(("ours", "theirs", "tools"), CASES)
async def test_what_is_carried_out_is_what_dspy_writes_and_loads(
    ours: ProgramDefinition, theirs: Make, tools: AllowedTools, tmp_path: Path
) -> None:
    plain = learned(theirs())
    plain.save(str(tmp_path / "theirs.json"))
    state = from_dspy(orjson.loads((tmp_path / "theirs.json").read_bytes()), ours, tools).state
    text = orjson.dumps(to_dspy(ours, state, tools), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    assert text == (tmp_path / "theirs.json").read_bytes()
    (tmp_path / "ours.json").write_bytes(text)
    fresh = theirs()
    fresh.load(str(tmp_path / "ours.json"))
    _, asked, _ = await run(load(ours, state, tools), question="why?")
    _, by_dspy, _ = await run(fresh, adapter=dspy.ChatAdapter(), question="why?")
    assert asked == by_dspy


def test_an_image_in_a_demonstration_goes_both_ways() -> None:
    signature = parse_signature("photo: Image -> answer")
    ours = ProgramDefinition("see", signature)
    plain = dspy.Predict(
        dspy.Signature({"photo": (dspy.Image, dspy.InputField()), "answer": (str, dspy.OutputField())})
    )
    plain.demos = [dspy.Example(photo=dspy.Image("https://example.org/x.png"), answer="a cat")]
    saved = orjson.loads(orjson.dumps(plain.dump_state()))
    state = from_dspy(saved, ours, TOOLS).state
    assert state["self"]["demos"] == [{"photo": "https://example.org/x.png", "answer": "a cat"}]
    again = {name: value for name, value in to_dspy(ours, state, TOOLS).items() if name != "metadata"}
    assert again["demos"] == saved["demos"]


def state_of(program: Any, **changes: Any) -> dict[str, Any]:
    return {**orjson.loads(orjson.dumps(program.dump_state())), **changes}


def wrong(data: Any, ours: ProgramDefinition = CASES[0][0]) -> list[tuple[str, tuple[Any, ...], str]]:
    with pytest.raises(Invalid) as caught:
        from_dspy(data, ours, ADD)
    return [(issue.code, issue.path, issue.message) for issue in caught.value.issues]


def test_the_fields_of_another_signature_are_named() -> None:
    other = dspy.Predict("question, context -> answer")
    assert wrong(state_of(other)) == [
        ("other_field", ("signature", "fields", 1), "the field `context` is none of the program's")
    ]
    described = dspy.Signature("question, context -> answer").with_updated_fields("context", desc="what is known")
    assert (
        wrong(state_of(dspy.Predict(described)))[0][2]
        == "the field described as 'what is known' is none of the program's"
    )
    shorter = dspy.Predict(dspy.Signature({"question": (str, dspy.InputField())}, "x"))
    assert [says for _, _, says in wrong(state_of(shorter))] == ["the field `answer` of the program is not there"]
    turned = state_of(dspy.Predict(PLAIN))
    turned["signature"]["fields"].reverse()
    assert "in their order" in wrong(turned)[0][2]


def test_the_parts_of_another_program_are_named() -> None:
    (found,) = wrong(state_of(dspy.ChainOfThought(PLAIN)))
    assert found == ("unknown_part", ("predict",), "the program has no part `predict`")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ([], "wrong_type"),
        ({}, "empty_state"),
        ({"demos": "x", "signature": {}}, "wrong_type"),
        ({"demos": [], "signature": {"instructions": 1, "fields": []}}, "wrong_type"),
        (state_of(dspy.Predict(PLAIN), demos=[{"question": "q"}] * (MOST_DEMOS + 1)), "too_many"),
        (state_of(dspy.Predict(PLAIN), demos=[{"q": 1}]), "unknown_field"),
        (state_of(dspy.Predict(PLAIN), demos=["q"]), "wrong_type"),
        (state_of(dspy.Predict(PLAIN), fields={"x": 1}), "unsupported"),
    ],
)
def test_a_file_that_is_none_of_dspys_is_refused(data: Any, code: str) -> None:
    assert code in [each for each, _, _ in wrong(data)]


def test_a_number_that_is_none_is_refused() -> None:
    found = wrong(state_of(dspy.Predict(PLAIN), demos=[{"question": float("nan")}]))
    assert found[0][1] == ("demos", 0, "question")


def test_a_model_in_the_file_and_another_dspy_are_said_and_not_taken_over() -> None:
    named = state_of(dspy.Predict(PLAIN), lm={"model": "openai/x", "api_key": "sk-1"})
    named["metadata"] = {"dependency_versions": {"dspy": "2.6.1"}}
    read = from_dspy(named, CASES[0][0], ADD)
    assert "sk-1" not in str(read)
    assert len(read.notes) == 2
    assert "2.6.1" in read.notes[0]


def test_a_part_that_dspy_left_out_as_frozen_stays_as_it_is() -> None:
    plain = learned(ByHand())
    plain.generate._compiled = True
    ours = CASES[3][0]
    read = from_dspy(state_of(plain), ours, TOOLS)
    assert read.state["generate.predict"] == dump(build(ours, TOOLS))["generate.predict"]
    assert read.state["rewrite"]["instructions"] == "Learned 0."
    assert "generate.predict" in read.notes[0]
