"""What was learned goes along when a definition changes, as far as it fits."""

from __future__ import annotations

from typing import Any

import pytest

from framework.lm.modules.catalogue import module_from_json
from framework.lm.programs.carried_state import CarriedState, carried_state
from framework.lm.programs.program import ProgramDefinition
from framework.lm.programs.tools import AllowedTools
from framework.lm.signatures.grammar import parse_signature

TEXT = "ticket: str[..2000] -> team: Literal['billing', 'sales'], sure: Probability"
NO_TOOLS = AllowedTools()


def program(text: str = TEXT, *, says: str = "Route it.", kind: Any = "predict") -> ProgramDefinition:
    return ProgramDefinition("route", parse_signature(text, instructions=says), module_from_json(kind))


def demo(team: str = "billing", **more: Any) -> dict[str, Any]:
    return {"ticket": "refund", "team": team, "sure": 0.5, **more}


def learned(*demos: dict[str, Any], says: str = "Learned words.") -> dict[str, Any]:
    return {"self": {"instructions": says, "demos": list(demos)}}


def carry(state: dict[str, Any], after: ProgramDefinition, before: ProgramDefinition | None = None) -> CarriedState:
    return carried_state(state, before or program(), after, tools=NO_TOOLS)


def test_a_changed_limit_loses_nothing() -> None:
    state = learned(demo(), demo("sales"))
    assert carry(state, program(TEXT.replace("2000", "3000"))) == CarriedState(state)


def test_instructions_that_the_author_changed_are_the_authors_and_demonstrations_stay() -> None:
    carried = carry(learned(demo()), program(says="Route it with care."))
    assert carried.state == learned(demo(), says="Route it with care.")
    assert carried.lost == ("the learned instructions of `self`, as the author has changed theirs",)


def test_instructions_that_nobody_had_improved_follow_the_author_without_a_word() -> None:
    carried = carry(learned(demo(), says="Route it."), program(says="Route it with care."))
    assert carried == CarriedState(learned(demo(), says="Route it with care."))


def test_a_demonstration_with_a_value_that_is_no_longer_allowed_goes_and_is_told() -> None:
    carried = carry(learned(demo(), demo("sales")), program(TEXT.replace(", 'sales'", ", 'legal'")))
    assert carried.state == learned(demo())
    assert carried.lost == ("1 demonstrations of `self` that no longer fit",)


def test_a_removed_field_leaves_the_demonstrations_that_still_show_something() -> None:
    carried = carry(learned(demo(augmented=True)), program(TEXT.replace(", sure: Probability", "")))
    assert carried.state == learned({"ticket": "refund", "team": "billing", "augmented": True})
    renamed = carry(learned(demo()), program(TEXT.replace("ticket", "mail")))
    assert renamed.state == learned()
    assert renamed.lost == ("1 demonstrations of `self` that no longer fit",)


def test_the_reasoning_of_a_demonstration_stays() -> None:
    before = program(kind="chain_of_thought")
    state = {"predict": {"instructions": "Learned.", "demos": [demo(reasoning="it says refund")]}}
    assert carry(state, program(TEXT.replace("2000", "3000"), kind="chain_of_thought"), before).state == state


@pytest.mark.parametrize("state", [{}, learned(demo())])
def test_another_module_begins_anew_and_tells_it_if_something_was_learned(state: dict[str, Any]) -> None:
    carried = carry(state, program(kind="chain_of_thought"))
    assert carried.state == {}
    assert bool(carried.lost) == bool(state)
