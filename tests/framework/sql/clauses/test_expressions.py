"""Expressions as PostgreSQL works them out, where the contract of all layers does not look already."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import uuid4

import pytest

from framework.data.selection import Ordering, Selection
from framework.declare.attributes import Attr, attribute, sequence_key
from framework.declare.derived import average, calculate, exists, first, list_of, maximum, sum_of
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.errors import Invalid
from framework.expr.build import Expr, node_of
from framework.expr.nodes import (
    Among,
    Arithmetic,
    Call,
    Case,
    Combine,
    Compare,
    Comparison,
    Function,
    IsNull,
    Logic,
    Match,
    Matching,
    Node,
    Not,
    Operator,
    Ref,
    Some,
    Value,
    along,
)
from framework.sql.layer import SqlLayer
from tests.framework.sql.conftest import MakeLayer


class Kind(StrEnum):
    OLD = "old"
    NEW = "new"


class Shelf(Resource):
    id: Attr[int] = sequence_key()
    name: Attr[str] = attribute()
    parent: One[Shelf | None] = belongs_to()
    books: Many[Book] = has_many()
    children: Many[Shelf] = has_many()
    pages: Attr[int | None] = sum_of(books, lambda book: book.pages)
    mean: Attr[float | None] = average(books, lambda book: book.pages)
    longest: Attr[str | None] = first(books, lambda book: book.title, sort=["-pages"])
    kinds: Attr[list[Kind]] = list_of(books, lambda book: book.kind, sort=["title"])
    any_new: Attr[bool] = exists(books, where=lambda book: book.kind == Kind.NEW)
    dearest: Attr[Decimal | None] = maximum(books, lambda book: book.price)


class Book(Resource):
    id: Attr[int] = sequence_key()
    title: Attr[str] = attribute()
    pages: Attr[int | None] = attribute()
    price: Attr[Decimal | None] = attribute(max_digits=8, decimal_places=2)
    rating: Attr[float | None] = attribute()
    kind: Attr[Kind] = attribute()
    printed: Attr[date] = attribute()
    sold: Attr[datetime] = attribute()
    spent: Attr[timedelta] = attribute()
    flag: Attr[bool] = attribute()
    shelf: One[Shelf] = belongs_to()
    per_page: Attr[float | None] = calculate(price / pages)
    shelf_name: Attr[str] = calculate(shelf.name)


PLAIN: dict[str, Any] = {
    "title": "Émile_100%",
    "pages": 7,
    "price": Decimal("2.50"),
    "rating": 0.5,
    "kind": Kind.OLD,
    "printed": date(2024, 2, 28),
    "sold": datetime(2024, 1, 1, tzinfo=UTC),
    "spent": timedelta(hours=36),
    "flag": True,
}


@pytest.fixture
async def layer(make_layer: MakeLayer) -> SqlLayer:
    """A shelf inside a shelf, with three books, and one without any."""
    layer = await make_layer(Shelf, Book)
    shelf, book = layer.domain.of(Shelf), layer.domain.of(Book)
    async with layer.transaction() as tx:
        (outer,) = await tx.insert(shelf, [{"name": "outer", "parent_id": None}])
        inner, _ = await tx.insert(shelf, [{"name": name, "parent_id": outer["id"]} for name in ("inner", "empty")])
        await tx.insert(
            book,
            [
                {**PLAIN, "shelf_id": inner["id"]},
                {**PLAIN, "title": "b", "pages": 8, "kind": Kind.NEW, "shelf_id": inner["id"]},
                {**PLAIN, "title": "a", "pages": None, "price": None, "rating": None, "shelf_id": outer["id"]},
            ],
        )
    return layer


async def titles(layer: SqlLayer, where: Node | Expr[Any], *sort: Ordering) -> list[str]:
    """The titles of the books found, by default in the order they were stored."""
    async with layer.snapshot_read() as reader:
        rows = await reader.read(Selection(layer.domain.of(Book), ("title",), node_of(where), sort))
    return [row["title"] for row in rows]


async def worked_out(layer: SqlLayer, node: Node) -> Any:
    """The value of an expression for the first book, stored into a column of its kind and read back."""
    spec = layer.domain.of(Book)
    first_book = Compare(Comparison.EQ, Ref("title"), Value(PLAIN["title"]))
    async with layer.snapshot_read() as reader:
        found = []
        for wanted in (True, False):
            condition = node if wanted else Not(node)
            rows = await reader.read(Selection(spec, ("id",), Combine(Logic.AND, (first_book, condition))))
            found.append(bool(rows))
    return {(True, False): True, (False, True): False, (False, False): None}[tuple(found)]  # type: ignore[index]


def equals(left: Node, right: Any) -> Node:
    return Compare(Comparison.EQ, left, Value(right))


def ref(*path: str) -> Node:
    return along(*path)


CASES: dict[str, tuple[Node, bool | None]] = {
    "division is exact": (equals(Arithmetic(Operator.DIVIDE, ref("pages"), Value(2)), 3.5), True),
    "division by zero is unknown": (equals(Arithmetic(Operator.DIVIDE, ref("pages"), Value(0)), 1), None),
    "decimals stay exact": (
        equals(Arithmetic(Operator.MULTIPLY, ref("price"), Value(Decimal("0.1"))), Decimal("0.25")),
        True,
    ),
    "a fraction is not rounded to the column": (Compare(Comparison.GT, ref("pages"), Value(6.5)), True),
    "a number beyond the column": (Compare(Comparison.LT, ref("pages"), Value(2**70)), True),
    "texts are joined": (equals(Arithmetic(Operator.ADD, ref("title"), Value("!")), "Émile_100%!"), True),
    "a date moves by a duration": (
        equals(Arithmetic(Operator.ADD, ref("printed"), Value(timedelta(days=2))), date(2024, 3, 1)),
        True,
    ),
    "dates apart": (
        equals(Arithmetic(Operator.SUBTRACT, ref("printed"), Value(date(2024, 1, 1))), timedelta(days=58)),
        True,
    ),
    "times apart": (
        equals(Arithmetic(Operator.SUBTRACT, Value(datetime(2024, 1, 2, tzinfo=UTC)), ref("sold")), timedelta(days=1)),
        True,
    ),
    "durations in proportion": (
        equals(Arithmetic(Operator.DIVIDE, ref("spent"), Value(timedelta(hours=8))), 4.5),
        True,
    ),
    "an enum by its value": (equals(ref("kind"), "old"), True),
    "an enum by its member": (equals(ref("kind"), Kind.NEW), False),
    "one of none": (Among(ref("pages"), ()), False),
    "one of some": (Among(ref("pages"), (1, 7.0)), True),
    "one of several, one unknown": (Among(ref("pages"), (1, None)), None),
    "not one of several, one unknown": (Not(Among(ref("pages"), (1, 2))), True),
    "nothing equals what is absent": (equals(ref("pages"), None), None),
    "what is absent is absent": (IsNull(Value(None)), True),
    "all of none": (Combine(Logic.AND, ()), True),
    "any of none": (Combine(Logic.OR, ()), False),
    "a truth by itself": (ref("flag"), True),
    "case": (equals(Case(Compare(Comparison.GT, ref("pages"), Value(5)), Value("long"), Value("short")), "long"), True),
    "first present": (equals(Call(Function.COALESCE, (Value(None), ref("pages"), Value(1))), 7), True),
    "lower, beyond ASCII": (equals(Call(Function.LOWER, (ref("title"),)), "émile_100%"), True),
    "length in characters": (equals(Call(Function.LENGTH, (ref("title"),)), 10), True),
    "absolute": (equals(Call(Function.ABS, (Arithmetic(Operator.SUBTRACT, Value(1), ref("pages")),)), 6), True),
    "like": (Match(Matching.LIKE, ref("title"), Value("É%\\%")), True),
    "like, case counts": (Match(Matching.LIKE, ref("title"), Value("é%")), False),
    "ilike, beyond ASCII": (Match(Matching.ILIKE, ref("title"), Value("éMILE%")), True),
    "a lone escape": (Match(Matching.LIKE, ref("title"), Value("x\\")), False),
    "contains takes wildcards as they are": (Match(Matching.CONTAINS, ref("title"), Value("l%")), False),
    "contains a wildcard": (Match(Matching.CONTAINS, ref("title"), Value("_100%")), True),
    "starts with": (Match(Matching.STARTS_WITH, ref("title"), Value("Émi")), True),
    "ends with": (Match(Matching.ENDS_WITH, ref("title"), Value("0%")), True),
    "contains what is worked out": (Match(Matching.CONTAINS, ref("title"), Call(Function.UPPER, (Value("é"),))), True),
    "starts with what is worked out": (Match(Matching.STARTS_WITH, ref("title"), ref("title")), True),
    "ends with what is worked out": (Match(Matching.ENDS_WITH, ref("title"), ref("shelf", "name")), False),
    "along two links": (equals(ref("shelf", "parent", "name"), "outer"), True),
    "along a link that is absent": (equals(ref("shelf", "parent", "parent", "name"), "x"), None),
    "some, there and back": (Some("shelf", Some("books", equals(ref("title"), "b"))), True),
    "some, along a link that is absent": (Some("shelf", Some("parent", Some("parent", IsNull(ref("name"))))), False),
    "an aggregate of another": (equals(ref("shelf", "pages"), 15), True),
    "order is by code point": (Compare(Comparison.GT, ref("title"), Value("Z")), True),
    "order of what is worked out": (Compare(Comparison.GT, Call(Function.UPPER, (ref("title"),)), Value("Z")), True),
}


@pytest.mark.parametrize("name", CASES)
async def test_what_an_expression_means(layer: SqlLayer, name: str) -> None:
    node, expected = CASES[name]
    assert await worked_out(layer, node) is expected


async def test_derived_values_have_the_types_declared(layer: SqlLayer) -> None:
    spec = layer.domain.of(Shelf)
    async with layer.snapshot_read() as reader:
        rows = await reader.read(Selection(spec, ("name", *spec.derived), sort=(Ordering(Ref("name")),)))
    assert rows == [
        {"name": "empty", "pages": None, "mean": None, "longest": None, "kinds": [], "any_new": False, "dearest": None},
        {
            "name": "inner",
            "pages": 15,
            "mean": 7.5,
            "longest": "b",
            "kinds": [Kind.NEW, Kind.OLD],
            "any_new": True,
            "dearest": Decimal("2.50"),
        },
        {
            "name": "outer",
            "pages": None,
            "mean": None,
            "longest": "a",
            "kinds": [Kind.OLD],
            "any_new": False,
            "dearest": None,
        },
    ]
    assert [type(row["pages"]) for row in rows[1:2]] == [int]


async def test_absent_values_come_last_either_way(layer: SqlLayer) -> None:
    everything = Combine(Logic.AND, ())
    assert (await titles(layer, everything, Ordering(Ref("pages"))))[-1] == "a"
    assert (await titles(layer, everything, Ordering(Ref("pages"), descending=True)))[-1] == "a"
    assert (await titles(layer, everything, Ordering(along("shelf", "parent", "name"), descending=True)))[-1] == "a"


async def test_an_update_sees_along_links_and_what_was_before(layer: SqlLayer) -> None:
    where = equals(ref("shelf", "parent", "name"), "outer")
    async with layer.transaction() as tx:
        rows = await tx.update(
            layer.domain.of(Book),
            where,
            {
                "title": ref("shelf", "name"),
                "pages": Arithmetic(Operator.ADD, ref("pages"), Value(1)),
            },
        )
    assert sorted((row["title"], row["pages"]) for row in rows) == [("inner", 8), ("inner", 9)]


async def test_a_delete_sees_related_records(layer: SqlLayer) -> None:
    async with layer.transaction() as tx:
        rows = await tx.delete(layer.domain.of(Shelf), Not(Some("books", Combine(Logic.AND, ()))))
    assert [row["name"] for row in rows] == ["empty"]


async def test_text_that_is_no_identifier_is_refused_before_it_is_sent(layer: SqlLayer) -> None:
    spec = layer.domain.of(Book)
    async with layer.snapshot_read() as reader:
        with pytest.raises(Invalid):
            await reader.count(spec, Compare(Comparison.GT, Ref("sold"), Value("yesterday")))


async def test_values_are_never_part_of_the_text(layer: SqlLayer) -> None:
    trap = f"'; DROP TABLE books; -- {uuid4()}"
    assert await titles(layer, equals(ref("title"), trap)) == []
    assert await titles(layer, Match(Matching.CONTAINS, ref("title"), Value(trap))) == []
    assert len(await titles(layer, Combine(Logic.AND, ()))) == 3
