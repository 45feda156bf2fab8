from __future__ import annotations

from typing import Any

import pytest

from framework.lm.calls.adapter import RememberingAdapter
from framework.lm.dspy_setup import dspy
from framework.lm.programs.signature import signature_of
from framework.lm.signatures.grammar import parse_signature

ADAPTER = RememberingAdapter()
QUESTIONS: list[tuple[str, dict[str, Any], list[dict[str, Any]]]] = [
    ("question -> answer", {"question": "why?"}, []),
    (
        "ticket: str -> team: Literal['billing', 'technical'], confidence: Probability",
        {"ticket": "I was charged twice"},
        [{"ticket": "refund", "team": "billing", "confidence": 0.5}, {"ticket": "no sound", "team": "technical"}],
    ),
    (
        "a: {b: int, c: list[str]}, n: int[1..9] -> d: {e: float}, f: list[{g: bool}], h: str | None",
        {"a": {"b": 1, "c": ["x"]}, "n": 3},
        [{"a": {"b": 2, "c": []}, "n": 4, "d": {"e": 0.5}, "f": [{"g": True}], "h": None, "augmented": True}],
    ),
    (
        "past: History, text: str -> answer: str",
        {"past": dspy.History(messages=[{"text": "a", "answer": "b"}]), "text": "c"},
        [],
    ),
]


@pytest.mark.parametrize(("text", "inputs", "demos"), QUESTIONS)
def test_a_prompt_is_the_one_of_dspy_the_first_time_and_the_next(text: str, inputs: Any, demos: Any) -> None:
    signature = signature_of(parse_signature(text), named="bench")
    expected = dspy.ChatAdapter().format(signature, demos, inputs)
    assert ADAPTER.format(signature, demos, inputs) == expected
    assert ADAPTER.format(signature, demos, inputs) == expected


def test_other_instructions_are_another_prompt() -> None:
    signature = signature_of(parse_signature("question -> answer").with_instructions("Be brief."), named="ask")
    changed = signature.with_instructions("Be bold.")
    assert "Be brief." in ADAPTER.format_system_message(signature)
    assert "Be bold." in ADAPTER.format_system_message(changed)
    changed.instructions = "Be fair."
    assert ADAPTER.format_system_message(changed) == dspy.ChatAdapter().format_system_message(changed)


def test_a_prompt_of_fields_with_the_same_names_is_of_their_own_types() -> None:
    for kind in ("int", "float", "list[int]"):
        signature = signature_of(parse_signature(f"question -> answer: {kind}"), named="ask")
        question = {"question": "how much?"}
        assert ADAPTER.format(signature, [], question) == dspy.ChatAdapter().format(signature, [], question)
