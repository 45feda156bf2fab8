from typing import Any

import pytest

from framework.types.limits import type_mismatches
from framework.types.type import Kind, Limits, Type


@pytest.mark.parametrize(
    ("kind", "python", "limits"),
    [
        (Kind.STRING, str, Limits(min_length=1, max_length=3, pattern="a+")),
        (Kind.LIST, list, Limits(min_length=1)),
        (Kind.INTEGER, int, Limits(ge=-3, le=-3)),
        (Kind.DECIMAL, object, Limits(max_digits=10, decimal_places=2)),
    ],
)
def test_limits_that_fit(kind: Kind, python: Any, limits: Limits) -> None:
    assert list(type_mismatches(Type(kind, python, limits=limits))) == []


@pytest.mark.parametrize(
    ("kind", "limits", "says"),
    [
        (Kind.INTEGER, Limits(max_length=3), "`max_length` does not fit the type integer"),
        (Kind.STRING, Limits(ge=3), "`ge` does not fit the type string"),
        (Kind.BOOLEAN, Limits(pattern="a"), "`pattern` does not fit the type boolean"),
        (Kind.FLOAT, Limits(max_digits=3), "`max_digits` does not fit the type float"),
        (Kind.INTEGER, Limits(ge=3, le=2), "`ge` is above `le`, so there is no value"),
        (Kind.STRING, Limits(min_length=3, max_length=2), "`min_length` is above `max_length`, so there is no value"),
        (Kind.STRING, Limits(max_length=-1), "a length is not negative"),
        (Kind.STRING, Limits(pattern="("), "`pattern` is not a regular expression: "),
    ],
)
def test_limits_that_do_not_fit(kind: Kind, limits: Limits, says: str) -> None:
    (wrong,) = type_mismatches(Type(kind, object, limits=limits))
    assert wrong.startswith(says)


def test_every_limit_that_does_not_fit_is_told() -> None:
    assert list(type_mismatches(Type(Kind.BOOLEAN, bool, limits=Limits(ge=1, max_length=3)))) == [
        "`ge` does not fit the type boolean",
        "`max_length` does not fit the type boolean",
    ]
