from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from framework.lm.dspy_setup import dspy
from framework.lm.offline.answer import answer, describe
from framework.lm.offline.prompt import Prompt, read_prompt
from framework.lm.payloads.payloads import validate_outputs
from framework.lm.programs.signature import signature_of
from framework.lm.signatures.definition import SignatureDefinition
from framework.lm.signatures.grammar import parse_signature

TRIAGE = parse_signature("ticket: str -> team: Literal['billing', 'technical'], confidence: Probability")
EVERYTHING = parse_signature(
    "text: str -> label: Literal['a b', 'c'], flag: bool, count: int[2..4], share: float[0..1], day: date, "
    "at: datetime, tags: list[str][1..3], "
    "who: {name: str, age: int[0..120], kind: Literal['x', 'y']}, note: str | None, "
    "numbers: dict[str, int], words: str[..10], grade: Score"
)
DEMOS = (
    {"ticket": "refund my invoice", "team": "billing", "confidence": 0.9},
    {"ticket": "the app crashes", "team": "technical", "confidence": 0.8},
)


def prompt(
    signature: SignatureDefinition,
    inputs: dict[str, Any],
    *,
    adapter: Any = None,
    demos: Sequence[dict[str, Any]] = (),
    instructions: str | None = None,
) -> Prompt:
    made = signature_of(signature, named="test")
    made = made.with_instructions(instructions) if instructions else made
    messages = (adapter or dspy.ChatAdapter()).format(made, list(demos), inputs)
    return read_prompt(messages[0]["content"], [(message["role"], message["content"]) for message in messages[1:]])


def parsed(signature: SignatureDefinition, text: str, *, adapter: Any = None) -> dict[str, Any]:
    values: dict[str, Any] = (adapter or dspy.ChatAdapter()).parse(signature_of(signature, named="test"), text)
    return values


def test_it_says_what_it_is() -> None:
    assert describe().startswith("offline/in-context is not a language model.")


@pytest.mark.parametrize("adapter", [dspy.ChatAdapter(), dspy.JSONAdapter()], ids=["chat", "json"])
def test_the_nearest_demonstration_answers(adapter: Any) -> None:
    for ticket, team in (("where is my refund", "billing"), ("it crashes again", "technical")):
        text = answer(prompt(TRIAGE, {"ticket": ticket}, adapter=adapter, demos=DEMOS))
        assert parsed(TRIAGE, text, adapter=adapter)["team"] == team


@pytest.mark.parametrize("adapter", [dspy.ChatAdapter(), dspy.JSONAdapter()], ids=["chat", "json"])
def test_every_type_gets_a_value_that_its_signature_accepts(adapter: Any) -> None:
    for text in ("hello", "on 2026-11-21 I bought 3 of 7", ""):
        completion = answer(prompt(EVERYTHING, {"text": text}, adapter=adapter))
        validate_outputs(EVERYTHING, parsed(EVERYTHING, completion, adapter=adapter))


def test_a_rule_in_the_instruction_decides_without_a_demonstration() -> None:
    rules = "Route it.\nRULE team = billing: parcel 3\nRULE team = technical: courier 3"
    for ticket, team in (("parcel lost", "billing"), ("courier lost", "technical")):
        assert f"team ## ]]\n{team}" in answer(prompt(TRIAGE, {"ticket": ticket}, instructions=rules))


def test_the_name_of_a_label_in_the_text_counts() -> None:
    assert "team ## ]]\ntechnical" in answer(prompt(TRIAGE, {"ticket": "a technical question"}))


def test_a_guess_is_steady_and_not_always_the_same_label() -> None:
    guesses = [answer(prompt(TRIAGE, {"ticket": f"zzz{i}"})) for i in range(20)]
    assert guesses == [answer(prompt(TRIAGE, {"ticket": f"zzz{i}"})) for i in range(20)]
    assert len(set(guesses)) > 1


def test_a_demonstration_without_an_output_does_not_answer_for_it() -> None:
    text = answer(prompt(TRIAGE, {"ticket": "refund"}, demos=[{"ticket": "refund", "team": "billing"}]))
    assert "Not supplied" not in text


def test_confidence_grows_with_what_speaks_for_the_label() -> None:
    sure = parsed(TRIAGE, answer(prompt(TRIAGE, {"ticket": "refund my invoice"}, demos=DEMOS)))["confidence"]
    unsure = parsed(TRIAGE, answer(prompt(TRIAGE, {"ticket": "nothing of it"}, demos=DEMOS)))["confidence"]
    assert sure > unsure


def test_a_question_is_answered_with_the_sentence_that_fits_it_best() -> None:
    signature = parse_signature("context: str, question: str -> answer: str")
    context = "Paris is a city. The capital of Belgium is Brussels. Cats sleep."
    text = answer(prompt(signature, {"context": context, "question": "What is the capital of Belgium?"}))
    assert "The capital of Belgium is Brussels." in text


def test_proposals_are_learned_from_the_examples_shown() -> None:
    signature = parse_signature("current_instruction: str, examples_with_feedback: str -> new_instruction: str")
    shown = [
        {"Inputs": {"ticket": "parcel lost"}, "Feedback": 'wrong.\nExpected outputs: {"team": "shipping"}'},
        {"Inputs": {"ticket": "refund please"}, "Feedback": 'wrong.\nExpected outputs: {"team": "billing"}'},
    ]
    inputs = {"current_instruction": "Route it.", "examples_with_feedback": json.dumps(shown)}
    proposed = parsed(signature, answer(prompt(signature, inputs)))["new_instruction"]
    assert proposed.splitlines() == [
        "Route it.",
        "RULE team = billing: refund 1",
        "RULE team = shipping: lost 1, parcel 1",
    ]
