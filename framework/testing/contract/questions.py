"""Random questions about the library, and what a layer answers to them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import isclose
from typing import Any, TypeVar

from hypothesis import strategies as st

from framework.data.protocols import Layer, Row, Transaction
from framework.data.selection import Ordering, Selection
from framework.errors import Source
from framework.expr.nodes import Node, Ref
from framework.expr.reduce import reduced
from framework.spec.attribute import DerivedSpec
from framework.spec.domain import DomainSpec
from framework.testing.contract.datasets import Dataset
from framework.testing.contract.expressions import conditions, values
from framework.testing.contract.library import Genre
from framework.testing.contract.rows import BOOK, LIBRARY, LOAN, SHELF
from framework.types.resolve import resolve
from framework.types.type import Kind

T = TypeVar("T")

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
    absent_first: bool

    def selection(self, domain: DomainSpec = LIBRARY) -> Selection:
        """The question to a layer: a resource with these derived values, sorted by the first of them."""
        at = Source("here", 1)
        derived = {
            name: DerivedSpec(name, resolve(PYTHON[kind] | None), node, at)
            for name, (kind, node) in self.worked_out.items()
        }
        spec = domain.resources[self.resource]
        return Selection(
            replace(spec, derived={**spec.derived, **derived}),
            (spec.key.name, *derived),
            self.where,
            (Ordering(Ref("first"), self.descending, self.absent_first),),
        )

    def reduced(self) -> Question:
        """The same with all worked out that needs no record, as a layer is asked."""
        worked_out = {name: (kind, reduced(node)) for name, (kind, node) in self.worked_out.items()}
        return replace(self, where=reduced(self.where), worked_out=worked_out)


class Undone(Exception):
    """Nothing of this is to be kept."""


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """A question about any of the resources that there are rows of."""
    resource = draw(st.sampled_from(list(LIBRARY.resources)))
    kinds = draw(st.lists(st.sampled_from(list(PYTHON)), min_size=1, max_size=3))
    names = ("first", "second", "third")
    worked_out = {
        name: (kind, draw(values((resource,), kind, DEPTH))) for name, kind in zip(names, kinds, strict=False)
    }
    return Question(
        resource, draw(conditions((resource,), DEPTH)), worked_out, draw(st.booleans()), draw(st.booleans())
    )


async def told(layer: Layer, data: Dataset, ask: Callable[[Transaction], Awaitable[T]]) -> T:
    """What the layer tells about the rows, which it then forgets."""
    answers: list[T] = []
    with suppress(Undone):
        async with layer.transaction() as transaction:
            await transaction.insert(SHELF, data.shelves)
            for row in data.books:
                await transaction.insert(BOOK, [row])
            await transaction.insert(LOAN, data.loans)
            answers.append(await ask(transaction))
            raise Undone
    return answers[0]


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
