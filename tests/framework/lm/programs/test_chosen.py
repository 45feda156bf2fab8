"""Parts of a program, chosen to be improved or to be swapped: the others stay to the byte."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from framework.errors import Invalid
from framework.lm.dspy_setup import dspy
from framework.lm.programs.build import build
from framework.lm.programs.chosen import choose
from framework.lm.programs.program import ProgramDefinition
from framework.lm.programs.state import dump, load
from framework.lm.programs.swapped import swapped
from framework.lm.signatures.grammar import parse_signature
from tests.framework.lm.programs.pipelines.test_flow import RAG, TOOLS, ByHand, definition

PIPELINE = definition(RAG)


def names(program: Any) -> list[str]:
    return [name for name, _ in program.named_predictors()]


@pytest.mark.parametrize(
    ("targets", "seen"),
    [
        ((), ["rewrite", "generate.predict"]),
        (("generate",), ["generate.predict"]),
        (("generate.predict",), ["generate.predict"]),
        (("rewrite",), ["rewrite"]),
    ],
)
def test_an_optimizer_sees_what_was_chosen(targets: tuple[str, ...], seen: list[str]) -> None:
    program = choose(build(PIPELINE, TOOLS), targets)
    assert names(program) == names(program.deepcopy()) == names(program.reset_copy()) == seen
    assert list(dump(program)) == ["rewrite", "generate.predict"]


def test_what_was_not_chosen_is_not_reset() -> None:
    state = dump(build(PIPELINE, TOOLS))
    demo = {"question": "a", "query": "b"}
    state["rewrite"] = {"instructions": "Mine.", "demos": [demo]}
    program = choose(load(PIPELINE, state, TOOLS), ("generate",))
    assert dump(program.reset_copy()) == state


def test_a_part_that_is_not_there_is_refused_with_its_place() -> None:
    with pytest.raises(Invalid) as caught:
        choose(build(PIPELINE, TOOLS), ("generate", "generat"))
    (issue,) = caught.value.issues
    assert (issue.code, issue.path) == ("unknown_part", ("targets", 1))


def test_a_proposer_is_shown_the_source_of_the_class() -> None:
    shown = importlib.import_module("dspy.propose.utils").get_dspy_source_code
    assert "class ByHand" in shown(choose(ByHand(), ("generate",)))
    assert shown(choose(ByHand(), ("generate",))) == shown(ByHand())


def test_few_shot_teaches_the_chosen_part_alone() -> None:
    examples = [dspy.Example(question="q", answer="a").with_inputs("question") for _ in range(3)]
    start = build(PIPELINE, TOOLS)
    taught = dspy.LabeledFewShot(k=2).compile(choose(start, ("generate",)), trainset=examples)
    after, before = dump(taught), dump(start)
    assert after["rewrite"] == before["rewrite"]
    assert len(after["generate.predict"]["demos"]) == 2


def test_one_part_is_swapped_and_the_rest_stays() -> None:
    fresh = dump(build(PIPELINE, TOOLS))
    first = {part: {"instructions": f"First {part}.", "demos": []} for part in fresh}
    second = {part: {"instructions": f"Second {part}.", "demos": []} for part in fresh}
    state = swapped((PIPELINE, first), (PIPELINE, second), parts=["generate"], tools=TOOLS)
    assert state == {"rewrite": first["rewrite"], "generate.predict": second["generate.predict"]}
    # A version that has learned nothing has the instructions of its author.
    assert swapped((PIPELINE, {}), (PIPELINE, second), parts=["rewrite"], tools=TOOLS) == {
        "rewrite": second["rewrite"],
        "generate.predict": fresh["generate.predict"],
    }


def test_a_part_with_other_fields_is_not_swapped() -> None:
    other: Any = {
        **RAG,
        "steps": [{"name": "rewrite", "signature": "question, year: int = 1 -> query"}, *RAG["steps"][1:]],
    }
    with pytest.raises(Invalid) as caught:
        swapped((PIPELINE, {}), (definition(other), {}), parts=["rewrite"], tools=TOOLS)
    assert caught.value.issues[0].code == "other_field"


def test_a_part_of_a_program_of_one_predictor_has_its_name_too() -> None:
    single = ProgramDefinition("one", parse_signature("question -> answer"))
    learned = {"self": {"instructions": "Known.", "demos": []}}
    assert swapped((single, {}), (single, learned), parts=["self"], tools=TOOLS) == learned
