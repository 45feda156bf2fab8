from __future__ import annotations

import json
from typing import Any

import pytest

from framework.errors import Invalid
from framework.lm.dspy_setup import dspy
from framework.lm.modules.answering import ChainOfThought
from framework.lm.modules.catalogue import module_from_json
from framework.lm.modules.trying import BestOfN
from framework.lm.programs.build import build
from framework.lm.programs.program import ProgramDefinition
from framework.lm.programs.state import ProgramCache, digest, dump, load
from framework.lm.programs.tools import AllowedTools
from framework.lm.signatures.grammar import parse_signature
from tests.framework.lm.triage import PROGRAM, SIGNATURE

NO_TOOLS = AllowedTools()
STATE = {"self": {"instructions": "Be quick.", "demos": [{"ticket": "refund", "team": "billing", "augmented": True}]}}


@pytest.mark.parametrize(
    ("kind", "part"), [("predict", "self"), ("chain_of_thought", "predict"), ("best_of_n", "module")]
)
def test_a_state_is_the_same_after_a_round_trip(kind: str, part: str) -> None:
    program = ProgramDefinition("t", SIGNATURE, module_from_json(kind))
    state = {part: STATE["self"]}
    assert dump(load(program, state, NO_TOOLS)) == state
    assert json.loads(json.dumps(state)) == state


def test_histories_and_images_in_demonstrations_are_kept_as_plain_values() -> None:
    signature = parse_signature("past: History, photo: Image, old: Image | None, text: str -> answer: str")
    demo = {
        "past": [{"text": "a", "answer": "b"}],
        "photo": "https://example.org/x.png",
        "old": None,
        "text": "c",
        "answer": "d",
    }
    state = {"self": {"instructions": "x", "demos": [demo]}}
    program = load(ProgramDefinition("t", signature), state, NO_TOOLS)
    assert isinstance(program.demos[0].photo, dspy.Image)
    assert isinstance(program.demos[0].past, dspy.History)
    assert dump(program) == state


def test_frozen_parts_are_dumped_as_well() -> None:
    program = build(ProgramDefinition("t", SIGNATURE, BestOfN()), NO_TOOLS)
    program.module._compiled = True
    assert set(dump(program)) == {"module"}


def test_the_state_of_another_program_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        load(ProgramDefinition("t", SIGNATURE, ChainOfThought()), STATE, NO_TOOLS)
    assert caught.value.issues[0].code == "state_of_another_program"


@pytest.mark.parametrize(
    "broken", [{"self": {"instructions": 3, "demos": []}}, {"self": {"instructions": "", "demos": [], "lm": {"x": 1}}}]
)
def test_a_state_with_anything_else_in_it_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        load(PROGRAM, broken, NO_TOOLS)


def test_the_digest_follows_definition_and_state() -> None:
    assert digest(PROGRAM, STATE) == digest(PROGRAM, json.loads(json.dumps(STATE)))
    others = [digest(PROGRAM, {}), digest(ProgramDefinition("other", SIGNATURE), STATE), digest(PROGRAM, STATE)]
    assert len(set(others)) == 3


def test_the_cache_gives_up_what_was_not_used_for_longest() -> None:
    cache = ProgramCache(NO_TOOLS, size=2)
    first = cache.get(PROGRAM, {})
    cache.get(PROGRAM, STATE)
    assert cache.get(PROGRAM, {}) is first
    cache.get(ProgramDefinition("third", SIGNATURE), {})
    assert len(cache) == 2
    assert cache.get(PROGRAM, {}) is first
