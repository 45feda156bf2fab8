"""What a client sends becomes our values by data that says how."""

from __future__ import annotations

from enum import Enum

import pytest

from framework.graphql.input_forms import AS_GIVEN, Choice, Fields, InputForm, Items, read
from framework.graphql.shown_types import ShownTypes
from framework.graphql.values import Values
from framework.types.resolve import resolve
from tests.framework.graphql.test_values import Part, Size

SIZE = Choice({"SMALL": 1, "LARGE": 2})
PART: dict[str, tuple[str, InputForm]] = {"size": ("size", SIZE)}
PART["madeOf"] = ("made_of", Items(Fields(PART)))


class Shown(Enum):
    """A choice as Strawberry hands it over."""

    LARGE = 2


@pytest.mark.parametrize(
    ("given", "form", "found"),
    [
        ("LARGE", AS_GIVEN, "LARGE"),
        ("LARGE", SIZE, 2),
        (Shown.LARGE, SIZE, 2),
        (2, SIZE, 2),
        (None, SIZE, None),
        (["SMALL", None, "LARGE"], Items(SIZE), [1, None, 2]),
        ({"size": "SMALL", "madeOf": None}, Fields(PART), {"size": 1, "made_of": None}),
        ({"madeOf": [{"size": "LARGE"}]}, Fields(PART), {"made_of": [{"size": 2}]}),
        ({}, Fields(PART), {}),
    ],
)
def test_a_value_is_read_by_its_form(given: object, form: InputForm, found: object) -> None:
    assert read(given, form) == found


def test_the_forms_of_a_type_hold_nothing_that_can_be_called() -> None:
    form = Values(ShownTypes(frozenset())).input(resolve(list[Part]), "Parts").form
    assert isinstance(form, Items)
    assert isinstance(form.item, Fields)
    assert form.item.names["size"] == ("size", Choice({member.name: member.value for member in Size}))
    assert not any(callable(part) for _, part in form.item.names.values())
    within = form.item.names["madeOf"][1]
    assert isinstance(within, Items)
    assert isinstance(within.item, Fields)
    assert within.item.names is form.item.names
