"""What is seen through an access scope is what there is once all that it hides is gone, on every layer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from framework.data.access_scope import AccessScope
from framework.data.memory import MemoryLayer
from framework.data.protocols import Layer, Row, Transaction
from framework.data.row_view import MemoryStore
from framework.data.selecting import selected
from framework.data.selection import Selection
from framework.expr.evaluate import evaluate, holds
from framework.expr.nodes import FALSE, TRUE, Aggregate, Call, Fold, Function, IsNull, Node, Ref, Some, Value, along
from framework.expr.reduce import reduced
from framework.spec.domain import DomainSpec
from framework.sql.clauses import expressions
from framework.sql.clauses.table_scope import TableScope
from framework.sql.layer import SqlLayer
from framework.sql.statements import building
from framework.testing.contract.datasets import Dataset, datasets
from framework.testing.contract.expressions import conditions, values
from framework.testing.contract.pointed import pointed_questions
from framework.testing.contract.questions import Question, Undone, alike, keys, questions, told
from framework.testing.contract.rows import BOOK, LIBRARY, LOAN, SHELF
from framework.testing.contract.scopes import kept_rows, plain_scopes, scopes, what_is_left
from framework.testing.contract.walks import INEXACT
from framework.types.type import Kind

PATIENT = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
        HealthCheck.function_scoped_fixture,
    ],
)


@dataclass(frozen=True)
class Cut:
    """A question, and which part of the answer is wanted."""

    question: Question
    limit: int | None
    offset: int | None
    partition: str | None

    def selection(self, domain: DomainSpec = LIBRARY) -> Selection:
        """The question as it is asked, with all that there is of each record."""
        asked = self.question.reduced().selection(domain)
        others = [name for name in asked.resource.values if name not in {*asked.values, *INEXACT}]
        cut = replace(asked, limit=self.limit, offset=self.offset, partition=self.partition)
        return replace(cut, values=(*asked.values, *others))

    def comparable(self, rows: list[Row]) -> list[Row]:
        """The rows of an answer; in which order those of several partitions come is nobody's to know."""
        return rows if self.partition is None else sorted(rows, key=lambda row: str(next(iter(row.values()))))


@st.composite
def cuts(draw: st.DrawFn, asked: st.SearchStrategy[Question]) -> Cut:
    question = draw(asked)
    held = [link.attribute for link in LIBRARY.resources[question.resource].relationships.values() if link.holds_key]
    partition = draw(st.none() | st.sampled_from(held)) if held else None
    offset = draw(st.integers(0, 2)) if partition else draw(st.none() | st.integers(0, 2))
    return Cut(question, draw(st.none() | st.integers(1, 3)), offset, partition)


CUTS = cuts(pointed_questions()) | cuts(questions())


def whole(data: Dataset) -> MemoryStore:
    """Everything there is, as any layer keeps it."""
    filled = [
        (spec, [{**dict.fromkeys(spec.attributes), **row} for row in rows])
        for spec, rows in ((SHELF, data.shelves), (BOOK, data.books), (LOAN, data.loans))
    ]
    return MemoryStore(LIBRARY, kept_rows(filled), {Function.NOW: datetime.now(UTC)}.__getitem__)


Answers = list[tuple[list[Row], int]]


async def seen(transaction: Transaction, scope: AccessScope, asked: Sequence[Cut]) -> Answers:
    """Rows, and how many there are, through a scope."""
    reads, answers = transaction.scoped(scope), Answers()
    for cut in asked:
        selection = cut.selection()
        rows = cut.comparable(await reads.read(selection))
        answers.append((rows, await reads.count(selection.resource, selection.filter)))
    return answers


def left(store: MemoryStore, asked: Sequence[Cut]) -> Answers:
    """The same of what is left."""
    answers = Answers()
    for cut in asked:
        selection = cut.selection(store.domain)
        number = sum(holds(selection.filter, record) for record in store.all(selection.resource))
        answers.append((cut.comparable(selected(store, selection)), number))
    return answers


def differences(one: Answers, other: Answers) -> list[tuple[int, object, object]]:
    """Where the rows, their order, their values or their number are others; the place tells the question."""
    found: list[tuple[int, object, object]] = []
    for place, ((rows, number), (others, another)) in enumerate(zip(one, other, strict=True)):
        if (keys(rows), number) != (keys(others), another):
            found.append((place, (keys(rows), number), (keys(others), another)))
            continue
        for left, right in zip(rows, others, strict=True):
            found += [(place, (n, left[n]), (n, right[n])) for n in left if not alike(left[n], right[n])]
    return found


async def agree(postgres: Layer, data: Dataset, scope: AccessScope, asked: Sequence[Cut]) -> None:
    """Fails where a layer shows anything else than what is left."""
    expected = left(what_is_left(whole(data), scope), asked)

    async def ask(transaction: Transaction) -> Answers:
        return await seen(transaction, scope, asked)

    for layer in (MemoryLayer(LIBRARY), postgres):
        found = await told(layer, data, ask)
        assert differences(expected, found) == []


def every_way() -> list[Cut]:
    """Each kind of way to a record or a value, once; with each come all derived values there are."""
    loans, before = Aggregate(Fold.COUNT, "all_loans"), Aggregate(Fold.FIRST, "prequels", Ref("title"))
    of_shelves: dict[str, tuple[Kind, Node]] = {"first": (Kind.INTEGER, loans), "second": (Kind.STRING, before)}
    of_books: dict[str, tuple[Kind, Node]] = {
        "first": (Kind.FLOAT, Ref("rating")),
        "second": (Kind.STRING, along("shelf", "name")),
    }
    of_loans: dict[str, tuple[Kind, Node]] = {
        "first": (Kind.STRING, along("shelf", "name")),
        "second": (Kind.FLOAT, along("book", "prequel", "rating")),
    }
    asked = [
        Question("Shelf", TRUE, of_shelves, descending=True, absent_first=False),
        Question("Shelf", Some("books", Some("loans", TRUE)), of_shelves, descending=False, absent_first=True),
        Question("Book", TRUE, of_books, descending=False, absent_first=False),
        Question("Book", IsNull(along("shelf", "book_count")), of_books, descending=True, absent_first=True),
        Question("Loan", TRUE, of_loans, descending=False, absent_first=False),
    ]
    cuts = [Cut(each, None, None, None) for each in asked]
    return [*cuts, Cut(asked[2], 1, 0, "shelf_id"), Cut(asked[4], 2, 1, None)]


@settings(PATIENT, max_examples=40)
@given(data=datasets(2), scope=plain_scopes())
async def test_what_is_seen_is_what_is_left_whichever_way(
    postgres_layer: SqlLayer, data: Dataset, scope: AccessScope
) -> None:
    await agree(postgres_layer, data, scope, every_way())


@settings(PATIENT, max_examples=40)
@given(data=datasets(2), scope=scopes(), asked=st.lists(CUTS, min_size=2, max_size=3))
async def test_what_is_seen_is_what_is_left(
    postgres_layer: SqlLayer, data: Dataset, scope: AccessScope, asked: list[Cut]
) -> None:
    await agree(postgres_layer, data, scope, asked)


@dataclass(frozen=True)
class Change:
    """Which loans are changed, and to how many days."""

    where: Node
    days: Node


CHANGES = st.builds(
    Change,
    conditions(("Loan",), 2).map(reduced),
    values(("Loan",), Kind.INTEGER, 2).map(lambda node: reduced(Call(Function.COALESCE, (node, Value(0))))),
)


@PATIENT
@given(data=datasets(2), scope=scopes(), change=CHANGES)
async def test_what_is_changed_and_deleted_is_what_is_left(
    postgres_layer: SqlLayer, data: Dataset, scope: AccessScope, change: Change
) -> None:
    remains = what_is_left(whole(data), scope)
    expected = {
        record.key: evaluate(change.days, record) for record in remains.all(LOAN) if holds(change.where, record)
    }
    each: dict[Any, Row] = {row["number"]: {"reader": str(row["number"]), "days": change.days} for row in data.loans}

    async def ask(transaction: Transaction) -> None:
        through = transaction.scoped(scope)
        writes: list[Callable[[], Awaitable[list[Row]]]] = [
            lambda: through.update_each(LOAN, each, change.where) if each else through.delete(LOAN, FALSE),
            lambda: through.update(LOAN, change.where, {"days": change.days}),
            lambda: through.delete(LOAN, change.where),
        ]
        for write in writes:
            with suppress(Undone):
                async with transaction.savepoint():
                    rows = await write()
                    assert {row["number"] for row in rows} == expected.keys()
                    raise Undone
        assert await through.discard(LOAN, change.where) == len(expected)
        assert await transaction.count(LOAN, None) == len(data.loans) - len(expected)

    await told(MemoryLayer(LIBRARY), data, ask)
    await told(postgres_layer, data, ask)


def blind(scope: TableScope) -> TableScope:
    """The record as it is, for code that forgets the scope; what it leads to is seen as it is too."""
    return replace(scope, schema=scope.schema.whole())


def aggregates_see_all(patch: pytest.MonkeyPatch) -> None:
    plain = expressions._aggregate
    patch.setattr(expressions, "_aggregate", lambda node, scope, like: plain(node, blind(scope), like))


def sorts_see_all(patch: pytest.MonkeyPatch) -> None:
    plain = building._ordered
    patch.setattr(building, "_ordered", lambda ordering, scope: plain(ordering, blind(scope)))


def links_to_one_see_all(patch: pytest.MonkeyPatch) -> None:
    plain = TableScope.follow
    patch.setattr(TableScope, "follow", lambda self, link: replace(plain(blind(self), link), schema=self.schema))


def records_between_are_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    plain = TableScope.keys
    patch.setattr(TableScope, "keys", lambda self, name, met: plain(blind(self), name, met))


def hidden_keys_lead_on(patch: pytest.MonkeyPatch) -> None:
    plain = TableScope.met
    patch.setattr(TableScope, "met", lambda self, name, other, *more: plain(blind(self), name, blind(other), *more))


FAULTS = [
    hidden_keys_lead_on,
    aggregates_see_all,
    sorts_see_all,
    links_to_one_see_all,
    records_between_are_not_looked_at,
]


@pytest.fixture(params=FAULTS)
def faulty_layer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, postgres_layer: SqlLayer) -> SqlLayer:
    """A layer that forgets the scope somewhere; its statements are its own."""
    request.param(monkeypatch)
    return SqlLayer(LIBRARY, postgres_layer.engine, schema=postgres_layer.schema)


@pytest.mark.xfail(raises=AssertionError, strict=True)
@settings(PATIENT, max_examples=200, phases=[Phase.generate])
@given(data=datasets(2), scope=plain_scopes())
async def test_a_fault_is_found(faulty_layer: SqlLayer, data: Dataset, scope: AccessScope) -> None:
    await agree(faulty_layer, data, scope, every_way())
