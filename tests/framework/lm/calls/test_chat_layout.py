"""What models make of DSPy's chat layout, and what is meant by it."""

from __future__ import annotations

from typing import Any

import pytest

from framework.lm.calls.adapter import RememberingAdapter
from framework.lm.calls.reading_adapters import ReadingJsonAdapter, UnreadableAnswer
from framework.lm.dspy_setup import dspy
from framework.lm.programs.signature import signature_of
from framework.lm.signatures.grammar import parse_signature

END = "\n\n[[ ## completed ## ]]"


def read(text: str, completion: str) -> Any:
    """What is read of an answer."""
    return RememberingAdapter().parse(signature_of(parse_signature(text), named="ask"), completion)


@pytest.mark.parametrize(
    "completion",
    [
        "[[ ## answer ## ]]\nParis" + END,
        "  [[ ## answer ## ]]\nParis" + END,
        "    [[ ## answer ## ]] Paris" + END,
        "> so\n \t[[ ## answer ## ]]\n\nParis" + END,
        "[[ ## answer ## ]]\r\nParis\r\n\r\n[[ ## completed ## ]]",
        "Here it is: [[ ## answer ## ]]\nParis" + END,
        "[[ ## answer ## ]]\nParis[[ ## completed ## ]]",
        "[[ ## answer ## ]]\nParis [[ ## completed ## ]]\n",
        "[[ ## answer ## ]]\nParis [[ ## completed ## ]] I hope that helps!",
        "[[ ## answer ## ]]\nParis [[ ## completed ## ]]\n\nI hope that helps!",
        "<think>so</think>\n" * 2000 + "[[ ## answer ## ]]\nParis" + END,
        "[[ ## answer ## ]]\nParis" + END + "\n\n[[ ## answer ## ]]\nLondon",
        "<think>\nmaybe\n[[ ## answer ## ]]\nLondon\n</think>\n\n[[ ## answer ## ]]\nParis" + END,
        "maybe\n[[ ## answer ## ]]\nLondon\n</think>\n[[ ## answer ## ]]\nParis" + END,
    ],
)
def test_a_header_is_one_wherever_it_stands(completion: str) -> None:
    assert read("question -> answer", completion) == {"answer": "Paris"}


def test_a_header_behind_text_begins_the_next_field() -> None:
    said = "[[ ## answer ## ]]\nSunny. [[ ## city ## ]]\nOslo [[ ## completed ## ]]"
    assert read("question -> answer, city", said) == {"answer": "Sunny.", "city": "Oslo"}


@pytest.mark.parametrize(
    "text",
    [
        "Write `[[ ## city ## ]]` before it.",
        "Write [[ ## city ## ]] before it.",
        "End with [[ ## completed ## ]] and no more.",
        "Close with </think>.",
    ],
)
def test_a_header_that_is_spoken_of_is_text(text: str) -> None:
    said = f"[[ ## answer ## ]]\n{text}\n\n[[ ## city ## ]]\nOslo{END}"
    assert read("question -> answer, city", said) == {"answer": text, "city": "Oslo"}


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85", "\x0c", "\x0b", "\x1c", "\r", "\n", "\n\n"])
def test_a_line_ends_with_a_line_feed_only(sign: str) -> None:
    said = f"first{sign}second"
    assert read("question -> answer", f"[[ ## answer ## ]]\n{said}{END}") == {"answer": said}


def test_what_cannot_be_read_is_told_by_the_names_of_the_fields() -> None:
    with pytest.raises(UnreadableAnswer) as refused:
        read("question -> team: Literal['a', 'b'], n: int, city", f"[[ ## team ## ]]\nc\n\n[[ ## n ## ]]\n3{END}")
    assert refused.value.faults == {"team": "cannot be read: has to be 'a' or 'b'", "city": "is missing"}


def test_what_is_left_out_is_its_default() -> None:
    text = "question -> answer, sure: float = 0.5, note: str | None"
    assert read(text, "[[ ## answer ## ]]\nyes" + END) == {"answer": "yes", "sure": 0.5, "note": None}


@pytest.mark.parametrize(
    "completion",
    [
        '{"answer": "Paris", "n": 3}',
        '```json\n{"answer": "Paris", "n": "3"}\n```',
        "{'answer': 'Paris', 'n': 3, 'more': None}",
        '<think>{"answer": "London"}</think>\n{"answer": "Paris", "n": 3}',
        'The object is {"answer": "Paris", "n": 3}.',
    ],
)
def test_an_answer_in_json_is_read(completion: str) -> None:
    signature = signature_of(parse_signature("question -> answer, n: int"), named="ask")
    assert ReadingJsonAdapter().parse(signature, completion) == {"answer": "Paris", "n": 3}


@pytest.mark.parametrize("completion", ["", "no", "[1]", '{"answer": "Par', '{"answer": "a"} {"answer": "b"}'])
def test_what_is_no_object_is_not_repaired(completion: str) -> None:
    signature = signature_of(parse_signature("question -> answer"), named="ask")
    with pytest.raises(UnreadableAnswer):
        ReadingJsonAdapter().parse(signature, completion)


SOUND = (
    ("question -> answer", "[[ ## answer ## ]]\nParis, of course.\nIt is." + END),
    ("q -> a: int, b: list[str], c: {d: float}", '[[ ## a ## ]]\n3\n\n[[ ## b ## ]]\n["x"]\n\n[[ ## c ## ]]\n{"d": 1}'),
    ("q -> a: Literal['x', 'y'], b: bool", "[[ ## a ## ]]\n'x'\n\n[[ ## b ## ]]\nTrue" + END),
    ("q -> a: int | None, b: float", "[[ ## a ## ]]\nNone\n\n[[ ## b ## ]]\n.5" + END),
)


@pytest.mark.parametrize(("text", "completion"), SOUND)
def test_an_answer_as_it_was_asked_for_is_read_as_dspy_reads_it(text: str, completion: str) -> None:
    signature = signature_of(parse_signature(text), named="ask")
    assert RememberingAdapter().parse(signature, completion) == dspy.ChatAdapter().parse(signature, completion)
