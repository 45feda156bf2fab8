"""What JSON can be kept: the same bounds wherever a value comes in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from framework.types.json_values import DEEPEST, LONGEST_TEXT, json_issues
from framework.types.resolve import resolve


class Settings(BaseModel):
    extra: dict[str, Any]
    share: float = 0.5


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_json_nests_sixty_four_levels_deep_and_no_deeper() -> None:
    kind = resolve(dict[str, Any])
    assert kind.cast({"a": nested(DEEPEST - 1)})[1] == ()
    (issue,) = kind.cast({"a": nested(DEEPEST)}, ("data",))[1]
    assert (issue.code, issue.path[:3], len(issue.path)) == ("too_deep", ("data", "a", 0), DEEPEST + 1)


@pytest.mark.parametrize("depth", [900, 100_000])
def test_json_of_any_depth_is_refused_without_following_it_down(depth: int) -> None:
    assert [issue.code for issue in resolve(Any).cast(nested(depth))[1]] == ["too_deep"]


@pytest.mark.parametrize(
    ("value", "code", "path"),
    [
        ({"a": [1, float("nan")]}, "finite_number", ("a", 1)),
        ({"a": {"b": float("-inf")}}, "finite_number", ("a", "b")),
        ({"a": {"\ud800": 1}}, "string_unicode", ("a",)),
        ({"a": "\udfff"}, "string_unicode", ("a",)),
        ({"a\x00": 1}, "nul_character", ()),
        ({"a": ["b\x00"]}, "nul_character", ("a", 0)),
        ({"a": 2**64}, "out_of_range", ("a",)),
        ({"a": -(2**63) - 1}, "out_of_range", ("a",)),
    ],
)
def test_what_json_would_change_or_lose_is_refused_with_its_path(value: Any, code: str, path: tuple[Any, ...]) -> None:
    assert [(issue.code, issue.path) for issue in json_issues(value)] == [(code, path)]
    assert [issue.code for issue in resolve(dict[str, Any]).cast(value)[1]] == [code]


SOUND = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "null", "\\u0000"]), inner),
    max_leaves=12,
)
UNSOUND = st.sampled_from(
    [float("nan"), float("inf"), -float("inf"), 2**64, -(2**63) - 1, "\x00", "a\ud800", nested(64)]
)


@given(SOUND)
def test_whatever_json_can_say_is_kept(value: Any) -> None:
    assert list(json_issues(value)) == []


@given(SOUND, UNSOUND, SOUND)
def test_what_it_cannot_say_is_found_wherever_it_stands(before: Any, wrong: Any, after: Any) -> None:
    assert len(list(json_issues({"a": [before, {"b": wrong}, after]}))) == 1
    assert len(list(json_issues([before, wrong, after]))) == 1


@pytest.mark.parametrize("value", [2**64 - 1, -(2**63), "\U0001f44d", "\u2028", 1e308, None, True])
def test_what_json_can_say_is_kept(value: Any) -> None:
    assert list(json_issues({"a": [value]})) == []


def test_numbers_within_models_lists_and_maps_are_finite_too() -> None:
    nan = float("nan")
    assert [i.path for i in resolve(Settings).cast({"extra": {"b": nan}})[1]] == [("extra", "b")]
    assert [i.path for i in resolve(Settings).cast(Settings.model_construct(extra={}, share=nan))[1]] == [("share",)]
    assert [i.path for i in resolve(list[dict[str, float]]).cast([{"a": nan}])[1]] == [(0, "a")]


def test_a_text_within_json_has_a_bound() -> None:
    long = "x" * (LONGEST_TEXT + 1)
    found = [(issue.code, issue.path) for issue in json_issues({"a": [long[1:], long], "b": long})]
    assert found == [("string_too_long", ("a", 1)), ("string_too_long", ("b",))]
    # A text by itself is bounded by its type, and by what a request may hold: an import is one.
    assert list(json_issues(long)) == []


@pytest.mark.parametrize("odd", [(1, "\ud800"), {"\ud800"}, Settings(extra={"a": "\ud800"}), ["é", "\ud800"]])
def test_what_is_wrong_is_found_beside_what_is_plainly_right_and_in_whatever_holds_it(odd: Any) -> None:
    value = {"plain": [1, "a", None, {"b": 0.5}], "odd": odd}
    assert [issue.code for issue in json_issues(value)] == ["string_unicode"]
    assert list(json_issues({"plain": value["plain"], "é": "\u2028"})) == []
