from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, Field

from framework.errors import Issue
from framework.types.resolve import Vector, resolve
from framework.types.type import Kind, Limits, Type


class Color(StrEnum):
    RED = "red"


class Budget(BaseModel):
    calls: int = 1


@pytest.mark.parametrize(
    ("annotation", "value", "dumped"),
    [
        (str, "a", "a"),
        (int, 3, 3),
        (int, 3.0, 3),
        (float, 3, 3.0),
        (bool, True, True),
        (Decimal, "1.50", "1.50"),
        (UUID, "0190a000-0000-7000-8000-000000000000", "0190a000-0000-7000-8000-000000000000"),
        (datetime, "2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        (timedelta, "PT90S", "PT1M30S"),
        (Color, "red", "red"),
        (Literal["a", 2], 2, 2),
        (list[int], [1, 2], [1, 2]),
        (dict[str, float], {"x": 1}, {"x": 1.0}),
        (Budget, {"calls": 5}, {"calls": 5}),
        (str | None, None, None),
        (Any, {"x": [1, None]}, {"x": [1, None]}),
    ],
)
def test_a_value_is_read_as_its_type_and_written_as_json(annotation: Any, value: Any, dumped: Any) -> None:
    kind = resolve(annotation)
    cast, issues = kind.cast(value)
    assert issues == ()
    assert kind.dump(cast) == dumped


def test_a_value_of_another_type_is_refused_with_its_path_and_never_repeated() -> None:
    value, (issue,) = resolve(list[int]).cast([1, "secret"], ("scores",))
    assert value is None
    assert issue == Issue("int_parsing", "has to be a whole number", ("scores", 1))


def test_none_is_refused_where_it_was_not_said() -> None:
    assert [issue.code for issue in resolve(str).cast(None)[1]] == ["string_type"]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_json_cannot_say_is_refused(value: float) -> None:
    assert [issue.code for issue in resolve(float).cast(value)[1]] == ["finite_number"]
    assert [issue.code for issue in resolve(list[float]).cast([value])[1]] == ["finite_number"]


def test_a_moment_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    assert [issue.code for issue in resolve(datetime).cast(naive)[1]] == ["timezone_aware"]
    annotated = Annotated[datetime, Field(description="when")]
    assert [issue.code for issue in resolve(annotated).cast(naive)[1]] == ["timezone_aware"]


def test_limits_are_upheld_with_their_bound() -> None:
    (issue,) = resolve(str, Limits(max_length=3)).cast("four")[1]
    assert (issue.code, issue.params) == ("string_too_long", {"max_length": 3})
    (issue,) = resolve(int | None, Limits(ge=1)).cast(0)[1]
    assert (issue.code, issue.params) == ("greater_than_equal", {"ge": 1})
    assert resolve(int | None, Limits(ge=1)).cast(None) == (None, ())


def test_limits_annotated_on_an_argument_are_upheld_for_lists_too() -> None:
    assert [i.code for i in resolve(Annotated[str, Field(max_length=3)]).cast("four")[1]] == ["string_too_long"]
    assert [i.code for i in resolve(Annotated[list[str], Field(max_length=1)]).cast(["a", "b"])[1]] == ["too_long"]
    assert [i.code for i in resolve(list[Annotated[int, Field(ge=0)]]).cast([-1])[1]] == ["greater_than_equal"]


def test_a_vector_has_exactly_its_dimensions() -> None:
    kind = resolve(Vector, dimensions=2)
    assert kind.cast([1, 2]) == ([1.0, 2.0], ())
    assert [issue.code for issue in kind.cast([1])[1]] == ["too_short"]


def test_the_json_schema_holds_the_limits() -> None:
    kind = resolve(str | None, Limits(max_length=3))
    assert kind.json_schema() == {"anyOf": [{"maxLength": 3, "type": "string"}, {"type": "null"}]}


def test_a_type_can_be_made_optional_and_required() -> None:
    kind = Type(Kind.STRING, str)
    assert kind.optional() == Type(Kind.STRING, str, nullable=True)
    assert kind.optional().required() == kind


def test_only_limits_that_were_set_are_said() -> None:
    assert Limits(ge=0, max_length=None).said() == {"ge": 0}


def test_a_text_holds_no_nul() -> None:
    value, (issue,) = Type(Kind.STRING, str).cast("a\x00b", ("title",))
    assert (value, issue.code, issue.path) == (None, "nul_character", ("title",))
