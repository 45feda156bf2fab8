import re
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Annotated, Any, Literal, Optional

import pytest
from pydantic import BaseModel, Field, StringConstraints

from framework.types.resolve import Vector, resolve
from framework.types.type import UNLIMITED, Kind, Limits


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


class Level(Enum):
    LOW = 1


class Shape(Enum):
    SQUARE = (1, 1)


class Nothing(StrEnum):
    pass


class Budget(BaseModel):
    calls: int


@pytest.mark.parametrize(
    ("annotation", "kind", "choices"),
    [
        (Color, Kind.ENUM, ("red", "blue")),
        (Level, Kind.ENUM, (1,)),
        (Literal["a", 1, True], Kind.LITERAL, ("a", 1, True)),
        (Budget, Kind.MODEL, ()),
        (dict, Kind.JSON, ()),
        (dict[str, Any], Kind.JSON, ()),
        (dict[str, int], Kind.MAP, ()),
        (Any, Kind.JSON, ()),
        (Annotated[str, Field(max_length=2)], Kind.STRING, ()),
    ],
)
def test_the_kind_of_an_annotation(annotation: Any, kind: Kind, choices: tuple[Any, ...]) -> None:
    found = resolve(annotation)
    assert (found.kind, found.choices, found.nullable) == (kind, choices, False)


@pytest.mark.parametrize(
    "annotation",
    [
        str | None,
        Optional[str],  # noqa: UP045 - both spellings are read
        Annotated[str | None, Field(max_length=3)],
        Annotated[str, Field(max_length=3)] | None,
    ],
)
def test_a_union_with_none_is_a_type_that_may_be_absent(annotation: Any) -> None:
    found = resolve(annotation)
    assert (found.kind, found.nullable) == (Kind.STRING, True)
    assert found.cast(None) == (None, ())


def test_none_among_the_choices_is_a_type_that_may_be_absent() -> None:
    found = resolve(Literal["a", None])
    assert (found.choices, found.nullable) == (("a",), True)
    assert found.required().cast(None)[1] != ()


def test_the_items_of_a_list_have_a_type_of_their_own() -> None:
    found = resolve(list[Color | None])
    assert found.item is not None
    assert (found.item.kind, found.item.nullable) == (Kind.ENUM, True)
    assert found.cast(["red", None]) == ([Color.RED, None], ())


@pytest.mark.parametrize(
    ("annotation", "says"),
    [
        (int | str, "int | str is a union of several types; a value has one type, or that and None"),
        (dict[int, str], "dict[int, str]: the keys of a map are strings"),
        (object, "there is no type for object"),
        (list, "there is no type for list"),
        ("str", "there is no type for 'str'"),
        (Shape, "Shape: an enum lists texts or whole numbers, at least one"),
        (Nothing, "Nothing: an enum lists texts or whole numbers, at least one"),
        (Literal[Color.RED], "a Literal lists texts, whole numbers or booleans"),
        (Vector, "a Vector needs its number of dimensions: attribute(dimensions=384)"),
        (Annotated[int, Field(max_length=3)], "`max_length` does not fit the type integer"),
    ],
)
def test_an_annotation_that_has_no_type_is_refused(annotation: Any, says: str) -> None:
    with pytest.raises(TypeError, match=re.escape(says)):
        resolve(annotation)


def test_only_a_vector_has_dimensions() -> None:
    assert resolve(Vector, dimensions=3).dimensions == 3
    with pytest.raises(TypeError, match="only a Vector has dimensions"):
        resolve(str, dimensions=3)


def test_limits_that_do_not_fit_are_refused() -> None:
    with pytest.raises(TypeError, match="`max_length` does not fit the type integer"):
        resolve(int, Limits(max_length=3))


def test_limits_that_an_annotation_says_are_limits_of_the_type() -> None:
    money = resolve(Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)])
    assert money.limits == Limits(ge=0, max_digits=12, decimal_places=2)
    assert resolve(Annotated[str, StringConstraints(min_length=2, pattern="^a")]).limits == Limits(
        min_length=2, pattern="^a"
    )
    assert resolve(Annotated[int, Field(ge=0, le=9)], Limits(le=5)).limits == Limits(ge=0, le=5)
    assert resolve(list[Annotated[int, Field(ge=1)]]).limits == UNLIMITED
