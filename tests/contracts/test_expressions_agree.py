"""Expressions mean the same in memory and in PostgreSQL, whatever they are and whatever they are about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import isclose
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from framework.data.memory import MemoryLayer
from framework.data.protocols import Layer, Row, Transaction
from framework.data.selection import Ordering, Selection
from framework.errors import Source
from framework.expr.nodes import FALSE, TRUE, Among, Call, Compare, Comparison, Function, Node, Ref, Value
from framework.expr.reduce import reduced
from framework.spec.attribute import DerivedSpec
from framework.sql.layer import SqlLayer
from framework.testing.contract.datasets import Dataset, datasets
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


PATIENT = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


@PATIENT
@given(data=datasets(), asked=st.lists(questions(), min_size=1, max_size=4))
async def test_filters_sorts_and_values_agree(postgres_layer: SqlLayer, data: Dataset, asked: list[Question]) -> None:
    smaller = [question.reduced() for question in asked]

    async def ask(transaction: Transaction) -> list[list[Row]]:
        return [await transaction.read(question.selection()) for question in smaller]

    async def ask_at_length(transaction: Transaction) -> list[list[Row]]:
        return [await transaction.read(question.selection()) for question in (*asked, *smaller)]

    in_memory = await told(MemoryLayer(LIBRARY), data, ask_at_length)
    in_postgres = await told(postgres_layer, data, ask)
    expected, others = in_memory[: len(asked)], (in_memory[len(asked) :], in_postgres)
    for question, one, *found in zip(asked, expected, *others, strict=True):
        for other in found:
            assert keys(one) == keys(other), question
            for left, right in zip(one, other, strict=True):
                assert all(alike(left[name], right[name]) for name in left), (left, right, question)


@PATIENT
@given(data=datasets(), where=conditions(("Loan",), 2), days=values(("Loan",), Kind.INTEGER, 2))
async def test_counts_changes_and_deletions_agree(
    postgres_layer: SqlLayer, data: Dataset, where: Node, days: Node
) -> None:
    where, written = reduced(where), reduced(Call(Function.COALESCE, (days, Value(0))))

    async def ask(transaction: Transaction) -> tuple[int, dict[int, int], set[int]]:
        counted = await transaction.count(LOAN, where)
        changed = await transaction.update(LOAN, where, {"days": written})
        gone = await transaction.delete(LOAN, where)
        return counted, {row["number"]: row["days"] for row in changed}, {row["number"] for row in gone}

    assert await told(MemoryLayer(LIBRARY), data, ask) == await told(postgres_layer, data, ask)


LEAVES = st.sampled_from([None, True, False, 0, 1, 1.0, 1.5, "1", "true"])
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("b"), inner))
OBJECTS = st.dictionaries(st.sampled_from("ac"), JSON, max_size=2)


@PATIENT
@given(notes=OBJECTS, other=OBJECTS)
async def test_equality_of_json_agrees(postgres_layer: SqlLayer, notes: Row, other: Row) -> None:
    kept, shelf_id = Ref("notes"), UUID(int=1)
    asked = [
        Compare(Comparison.EQ, kept, Value(other)),
        Compare(Comparison.NE, kept, Value(other)),
        Among(kept, (other, {"c": "none"})),
    ]
    book = {"id": UUID(int=2), "title": "a", "pages": 1, "tags": [], "notes": notes, "shelf_id": shelf_id}
    book |= {"withdrawn": False, "added_at": datetime(2020, 1, 1, tzinfo=UTC)}
    data = Dataset([{"id": shelf_id, "name": "a"}], [book], [])

    async def ask(transaction: Transaction) -> list[int]:
        return [await transaction.count(BOOK, where) for where in asked]

    in_memory = await told(MemoryLayer(LIBRARY), data, ask)
    assert in_memory == await told(postgres_layer, data, ask)
    folded = reduced(Compare(Comparison.EQ, Value(notes), Value(other)))
    assert folded == (TRUE if in_memory[0] else FALSE)
