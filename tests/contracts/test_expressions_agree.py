"""Expressions mean the same in memory and in PostgreSQL, whatever they are and whatever they are about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import isclose
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from framework.data.memory import MemoryLayer
from framework.data.protocols import Layer, Row
from framework.data.selection import Ordering, Selection
from framework.errors import Source
from framework.expr.nodes import Node, Ref
from framework.spec.attribute import DerivedSpec
from framework.sql.layer import SqlLayer
from framework.testing.contract.datasets import Dataset, datasets
from framework.testing.contract.expressions import conditions, values
from framework.testing.contract.library import Genre
from framework.testing.contract.rows import BOOK, LIBRARY, LOAN, SHELF
from framework.types.resolve import resolve
from framework.types.type import Kind

PYTHON: dict[Kind, Any] = {
    Kind.STRING: str,
    Kind.INTEGER: int,
    Kind.FLOAT: float,
    Kind.DECIMAL: Decimal,
    Kind.DATE: date,
    Kind.DATETIME: datetime,
    Kind.DURATION: timedelta,
    Kind.ENUM: Genre,
    Kind.BOOLEAN: bool,
}
DEPTH = 3


@dataclass(frozen=True)
class Question:
    """Records of one resource: which, in which order, and what is worked out of each."""

    resource: str
    where: Node
    worked_out: dict[str, tuple[Kind, Node]]
    descending: bool

    def selection(self) -> Selection:
        """The question to a layer: a resource with these derived values, sorted by the first of them."""
        at = Source("here", 1)
        derived = {
            name: DerivedSpec(name, resolve(PYTHON[kind] | None), node, at)
            for name, (kind, node) in self.worked_out.items()
        }
        spec = LIBRARY.resources[self.resource]
        return Selection(
            replace(spec, derived={**spec.derived, **derived}),
            (spec.key.name, *derived),
            self.where,
            (Ordering(Ref(("first",)), self.descending),),
        )


class Undone(Exception):
    """Nothing of this is to be kept."""


@st.composite
def questions(draw: st.DrawFn) -> Question:
    resource = draw(st.sampled_from(list(LIBRARY.resources)))
    kinds = draw(st.lists(st.sampled_from(list(PYTHON)), min_size=1, max_size=3))
    names = ("first", "second", "third")
    worked_out = {name: (kind, draw(values(resource, kind, DEPTH))) for name, kind in zip(names, kinds, strict=False)}
    return Question(resource, draw(conditions(resource, DEPTH)), worked_out, draw(st.booleans()))


async def answers(layer: Layer, data: Dataset, asked: list[Selection]) -> list[list[Row]]:
    """What the layer answers about the rows, which it then forgets."""
    found: list[list[Row]] = []
    try:
        async with layer.transaction() as transaction:
            await transaction.insert(SHELF, data.shelves)
            for row in data.books:
                await transaction.insert(BOOK, [row])
            await transaction.insert(LOAN, data.loans)
            found = [await transaction.read(selection) for selection in asked]
            raise Undone
    except Undone:
        return found


def keys(rows: list[Row]) -> list[Any]:
    """The primary keys of the rows, in their order."""
    return [next(iter(row.values())) for row in rows]


def alike(one: Any, other: Any) -> bool:
    """Whether values are the same, but for the last digits of a quotient."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(alike(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, float | Decimal) and isinstance(other, float | Decimal):
        return type(one) is type(other) and isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return type(one) is type(other) and bool(one == other)


@settings(
    max_examples=120,
    deadline=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
@given(data=datasets(), asked=st.lists(questions(), min_size=1, max_size=4))
async def test_filters_sorts_and_values_agree(postgres_layer: SqlLayer, data: Dataset, asked: list[Question]) -> None:
    selections = [question.selection() for question in asked]
    in_memory = await answers(MemoryLayer(LIBRARY), data, selections)
    in_postgres = await answers(postgres_layer, data, selections)
    for question, one, other in zip(asked, in_memory, in_postgres, strict=True):
        assert keys(one) == keys(other), question
        for left, right in zip(one, other, strict=True):
            for name in left:
                assert alike(left[name], right[name]), (name, left, right, question)
