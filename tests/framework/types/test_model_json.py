from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, RootModel, field_serializer

from framework.expr.comparing import comparable
from framework.types.model_json import model_json
from framework.types.resolve import resolve
from framework.types.type import Type

YEAR = timedelta(days=365)


@dataclass
class Span:
    """A part that is no model."""

    long: timedelta


class Spans(RootModel[list[timedelta]]):
    """A model of nothing but a list."""


class Inner(BaseModel):
    """A model within a model."""

    long: timedelta


class Outer(BaseModel):
    """Durations wherever one can stand."""

    one: timedelta
    many: list[timedelta]
    named: dict[str, timedelta]
    pair: tuple[int, timedelta]
    inner: Inner
    spans: Spans
    span: Span
    either: timedelta | int
    text: str = "P1Y"


class Seconds(BaseModel):
    """A model that writes durations in a way of its own."""

    model_config = ConfigDict(ser_json_timedelta="float")

    long: timedelta


class Words(BaseModel):
    """A field that is written in a way of its own."""

    long: timedelta

    @field_serializer("long")
    def in_words(self, long: timedelta) -> str:
        return f"{long.days} days"


OUTER = Outer(
    one=YEAR,
    many=[YEAR],
    named={"a": YEAR},
    pair=(1, YEAR),
    inner=Inner(long=YEAR),
    spans=Spans([YEAR]),
    span=Span(YEAR),
    either=YEAR,
)
WRITTEN = {
    "one": "P365D",
    "many": ["P365D"],
    "named": {"a": "P365D"},
    "pair": [1, "P365D"],
    "inner": {"long": "P365D"},
    "spans": ["P365D"],
    "span": {"long": "P365D"},
    "either": "P365D",
    "text": "P1Y",
}


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        (resolve(Outer), OUTER, WRITTEN),
        (resolve(Outer | None), OUTER, WRITTEN),
        (resolve(list[Outer]), [OUTER], [WRITTEN]),
        (resolve(dict[str, Inner]), {"a": Inner(long=YEAR)}, {"a": {"long": "P365D"}}),
        (resolve(Seconds), Seconds(long=YEAR), {"long": YEAR.total_seconds()}),
        (resolve(Words), Words(long=YEAR), {"long": "365 days"}),
    ],
)
def test_a_duration_within_a_model_is_written_as_any_other(kind: Type, value: Any, written: Any) -> None:
    assert kind.dump(value) == kind.dump_to_keep(value) == written


def test_a_model_is_compared_as_it_is_kept() -> None:
    assert comparable(OUTER) == model_json(OUTER) == WRITTEN
