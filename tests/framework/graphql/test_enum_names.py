"""Choices as names of GraphQL: each tells its value, in whatever order and company it stands."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.graphql.enum_names import choice_names, member_names


@pytest.mark.parametrize(
    ("choices", "names"),
    [
        (["billing", "sci-fi", "gpt-4", "soldOut"], ["BILLING", "SCI_FI", "GPT_4", "SOLD_OUT"]),
        (["été", "straße", "ÅR"], ["ETE", "STRA_U00DF_E", "AR"]),
        (["👍", "👎"], ["THUMBS_UP_SIGN", "THUMBS_DOWN_SIGN"]),
        (["<", "<=", "%"], ["LESS_THAN_SIGN", "LESS_THAN_SIGN_EQUALS_SIGN", "PERCENT_SIGN"]),
        (["c++", "c"], ["C_PLUS_SIGN_PLUS_SIGN", "C"]),
        (["通知", "消息"], ["U901A_U77E5", "U6D88_U606F"]),
        (["a-b", "a b", "a_b"], ["A_B_U2D", "A_B_U20", "A_B"]),
        (["a", "A"], ["A_U61_STR", "A_U41_STR"]),
        ([1, 2, "x"], ["_1", "_2", "X"]),
        ([1, "1"], ["_1_U31_INT", "_1_U31_STR"]),
        ([True, "no"], ["TRUE", "NO"]),
        (["", "x"], ["EMPTY", "X"]),
    ],
)
def test_a_choice_has_a_telling_name(choices: list[str | int], names: list[str]) -> None:
    assert choice_names(choices) == dict(zip(names, choices, strict=True))


@given(st.lists(st.text(max_size=6), unique=True, max_size=8), st.randoms())
def test_names_are_valid_and_mean_the_same_in_any_order(choices: list[str], random: Random) -> None:
    names = choice_names(choices)
    assert sorted(names.values()) == sorted(choices)
    assert all(re.fullmatch(r"(?!__)[A-Z_][A-Z0-9_]*", name) for name in names)
    shuffled = choices.copy()
    random.shuffle(shuffled)
    assert choice_names(shuffled) == names


def test_members_keep_their_names_but_for_those_that_graphql_has_not() -> None:
    assert member_names({"low": 1, "null": 2, "é": 3, "__x": 4}) == {"low": 1, "NULL": 2, "E": 3, "X": 4}
