"""Expressions mean the same in memory and in PostgreSQL, whatever they are and whatever they are about."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from framework.data.memory import MemoryLayer
from framework.data.protocols import Row, Transaction
from framework.expr.nodes import FALSE, TRUE, Among, Call, Compare, Comparison, Function, Node, Ref, Value
from framework.expr.reduce import reduced
from framework.sql.layer import SqlLayer
from framework.testing.contract.datasets import Dataset, datasets
from framework.testing.contract.expressions import conditions, values
from framework.testing.contract.questions import Question, alike, keys, questions, told
from framework.testing.contract.rows import BOOK, LIBRARY, LOAN
from framework.types.type import Kind

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
