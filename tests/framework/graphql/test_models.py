"""The fields of models, with the limits that were said of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from framework.graphql.models import field_type
from framework.graphql.scalars import BigInt, scalar_of
from framework.types.whole_numbers import Count, Ordinal


class Report(BaseModel):
    """What was counted."""

    lines: Count
    place: Ordinal | None = None
    few: Annotated[int, Field(ge=0, le=9)] = Field(description="A digit.")
    some: int = Field(ge=-5, le=5)
    at_least: Annotated[Count, Field(ge=1)] = 1
    tokens: int
    half: Annotated[int, Field(ge=0)] | None = None


def test_a_whole_number_within_32_bits_is_an_int_wherever_its_limits_were_said() -> None:
    scalars = {name: scalar_of(field_type(info)) for name, info in Report.model_fields.items()}
    small = dict.fromkeys(("lines", "place", "few", "some", "at_least"), int)
    assert scalars == {**small, "tokens": BigInt, "half": BigInt}


def test_of_limits_that_are_said_twice_the_later_counts() -> None:
    limits = field_type(Report.model_fields["at_least"]).limits
    assert (limits.ge, limits.le) == (1, 2**31 - 1)
