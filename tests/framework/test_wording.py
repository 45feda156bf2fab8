"""What Pydantic finds wrong is said in our words, whatever it is and wherever it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import AfterValidator, BaseModel, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from framework.types.resolve import Vector, resolve
from framework.types.type import Limits, Type
from framework.wording import ELSE, EXPECTED, KNOWN, OTHERWISE, THEIRS, in_words

THEIR_WORDS = re.compile(r"input|should|valid (string|integer)|value error|permitted", re.IGNORECASE)


class Grade(Enum):
    """A choice."""

    LOW = "low"


class Size(BaseModel):
    """A part."""

    width: int


TYPES: dict[str, Type] = {
    str(annotation): resolve(annotation)
    for annotation in (
        *(str, int, float, bool, Decimal, UUID, date, datetime, timedelta, Grade, Size),
        *(Literal["a", "b"], list[int], dict[str, int], list[Size]),
    )
} | {"vector": resolve(Vector, dimensions=2)}
WRONG: tuple[Any, ...] = (None, object(), "x", 1.5, True, [], [None], {}, {"width": None}, {"a": None}, b"x")


def test_all_that_pydantic_may_say_has_words() -> None:
    assert {*EXPECTED, *OTHERWISE, *THEIRS} == KNOWN


@pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
def test_no_message_is_pydantics(kind: Type) -> None:
    told = [issue.message for value in WRONG for issue in kind.cast(value)[1]]
    assert told
    assert not [says for says in told if THEIR_WORDS.search(says) or says == ELSE or "{" in says]


@pytest.mark.parametrize(
    ("kind", "value", "says"),
    [
        (resolve(str), None, "may not be null"),
        (resolve(int), None, "may not be null"),
        (resolve(list[str]), ["a", None], "may not be null"),
        (resolve(Size), {"width": None}, "may not be null"),
        (resolve(Size), {}, "is required"),
        (resolve(str), 3, "has to be a text"),
        (resolve(int), 1.5, "has to be a whole number"),
        (resolve(Grade), "high", "has to be 'low'"),
        (resolve(str, Limits(min_length=1)), "", "needs at least 1 character"),
        (resolve(str, Limits(max_length=2)), "abc", "has at most 2 characters"),
        (resolve(list[int], Limits(max_length=1)), [1, 2], "has at most 1 item"),
        (resolve(int, Limits(ge=1)), 0, "has to be 1 or more"),
        (resolve(timedelta, Limits(le=timedelta(days=365))), timedelta(days=366), "has to be 365 days or less"),
        (resolve(date, Limits(ge=date(2026, 1, 1))), date(2025, 1, 1), "has to be 2026-01-01 or more"),
        (resolve(Decimal, Limits(max_digits=3, decimal_places=1)), "1.25", "has at most 1 digit after the point"),
        (
            resolve(datetime),
            "2026-01-01T00:00:00",
            "has to be a moment with its offset, written as 2026-01-31T12:00:00Z",
        ),
    ],
)
def test_a_message_says_what_is_wrong_and_what_to_write(kind: Type, value: Any, says: str) -> None:
    (issue,) = kind.cast(value)[1]
    assert issue.message == says


def even(number: int) -> int:
    if number % 2:
        raise ValueError("an even number is wanted")
    return number


def small(number: int) -> int:
    if number > 9:
        raise PydanticCustomError("too_big", "more than {most} is too much", {"most": 9})
    return number


def faults(annotation: Any, value: Any) -> list[Mapping[str, Any]]:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(annotation).validate_python(value)
    return [dict(found) for found in caught.value.errors()]


def test_what_the_author_of_a_validator_says_stays() -> None:
    (odd,) = faults(Annotated[int, AfterValidator(even)], 3)
    (big,) = faults(Annotated[int, AfterValidator(small)], 12)
    assert (in_words(odd), in_words(big)) == ("an even number is wanted", "more than 9 is too much")


def test_what_is_not_known_is_still_a_sentence() -> None:
    (short,) = faults(Annotated[str, Field(min_length=2)], "")
    assert in_words({**short, "ctx": {}}) == ELSE
