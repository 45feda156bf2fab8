"""What a model is shown of a tool's answer."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from framework.lm.dspy_setup import dspy
from framework.lm.programs.observations import OBSERVATION_CHARACTERS, observed


@pytest.mark.parametrize("found", ["x" * 300, ["x" * 100] * 3, {"a": "x" * 300}, itertools.count(10**6)])
def test_of_an_answer_that_is_too_long_the_beginning_is_shown_and_that_there_is_more(found: Any) -> None:
    with dspy.context(**{OBSERVATION_CHARACTERS: 200}):
        shown = observed(found)
    assert "… (cut off: 200 of " in shown
    assert len(shown) < 260


@pytest.mark.parametrize("found", ["x" * 200, [1, 2], {"a": None}, 3, None])
def test_what_fits_is_shown_as_it_is(found: Any) -> None:
    with dspy.context(**{OBSERVATION_CHARACTERS: 200}):
        assert observed(found) == found


def test_what_is_given_one_by_one_is_shown_as_a_list() -> None:
    assert observed(iter("ab")) == ["a", "b"]
