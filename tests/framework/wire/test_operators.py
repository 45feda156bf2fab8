"""Which operators a value has follows from its type."""

from __future__ import annotations

from typing import Any

import pytest

from framework.types.resolve import Vector, resolve
from framework.wire.operators import operators_of

TEXT = ("like", "ilike", "contains", "starts_with", "ends_with")
ORDER = ("lt", "le", "gt", "ge")


@pytest.mark.parametrize(
    ("annotation", "operators"),
    [
        (str, ("eq", "ne", "in", "not_in", *ORDER, "is_null", *TEXT)),
        (int, ("eq", "ne", "in", "not_in", *ORDER, "is_null")),
        (bool, ("eq", "ne", "is_null")),
        (dict[str, Any], ("eq", "is_null")),
        (list[int], ("eq", "is_null")),
    ],
)
def test_the_operators_of_a_type(annotation: Any, operators: tuple[str, ...]) -> None:
    assert operators_of(resolve(annotation)) == operators


def test_a_vector_is_there_or_not() -> None:
    assert operators_of(resolve(Vector, dimensions=3)) == ("is_null",)
