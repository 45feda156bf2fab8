"""What a layer answers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from framework.data.protocols import Layer, Row
from framework.data.selection import Ordering, Selection
from framework.data.total import Total
from framework.expr.build import Expr
from framework.expr.nodes import Ref
from framework.testing.contract.library import Book, Genre, Shelf
from framework.testing.contract.rows import BOOK, LOAN, SHELF, book, found, given, loan, shelf

BY_TITLE = (Ordering(Ref("title")),)


class ReadingContract:
    """Filters, sorts, cuts and derived values, over two shelves of books."""

    @pytest.fixture(autouse=True)
    async def shelves(self, layer: Layer) -> list[Row]:
        """Shelf `a` with three books, `b` with one and `c` with none; Dune was borrowed twice."""
        a, b, c = await given(layer, SHELF, shelf("a"), shelf("b"), shelf("c"))
        dune, *_ = await given(
            layer,
            BOOK,
            book(a, "Dune", pages=600, rating=4.5, price=Decimal("9.90"), genre=Genre.FICTION),
            book(a, "Cosmos", pages=365, rating=None, price=None, genre=Genre.SCIENCE),
            book(a, "ariel", pages=105, rating=4.0, price=Decimal("12.00"), genre=Genre.POETRY),
            book(b, "100% Emma", pages=474, rating=3.0, genre=None),
        )
        await given(layer, LOAN, loan(dune, "ann"), loan(dune, "bob"))
        return [a, b, c]

    async def test_a_filter_keeps_what_is_true_and_drops_what_is_unknown(self, layer: Layer) -> None:
        assert await found(layer, BOOK, "title", Book.rating > 3.5, sort=["title"]) == ["Dune", "ariel"]
        assert await found(layer, BOOK, "title", ~(Book.rating > 3.5), sort=["title"]) == ["100% Emma"]

    async def test_text_sorts_by_code_point(self, layer: Layer) -> None:
        assert await found(layer, BOOK, "title", sort=["title"]) == ["100% Emma", "Cosmos", "Dune", "ariel"]

    @pytest.mark.parametrize(("sort", "titles"), [("rating", "EaDC"), ("-rating", "DaEC")])
    async def test_absent_values_sort_last_either_way(self, layer: Layer, sort: str, titles: str) -> None:
        names = await found(layer, BOOK, "title", sort=[sort])
        assert "".join(name.removeprefix("100% ")[0] for name in names) == titles

    async def test_absent_values_sort_first_in_a_page_that_is_read_backwards(self, layer: Layer) -> None:
        order = (Ordering(Ref("price"), descending=True, nulls_first=True), *BY_TITLE)
        async with layer.snapshot_read() as reads:
            rows = await reads.read(Selection(BOOK, ("title",), sort=order))
        assert [row["title"] for row in rows] == ["100% Emma", "Cosmos", "ariel", "Dune"]

    async def test_a_sort_follows_links(self, layer: Layer) -> None:
        titles = await found(layer, BOOK, "title", sort=["-shelf.name", "title"])
        assert titles == ["100% Emma", "Cosmos", "Dune", "ariel"]

    async def test_a_filter_follows_links_to_one_and_to_many(self, layer: Layer) -> None:
        assert await found(layer, BOOK, "title", Book.shelf.name == "b") == ["100% Emma"]
        borrowed = Shelf.books.any(lambda it: it.loans.any(lambda loan: loan.reader == "bob"))
        assert await found(layer, SHELF, "name", borrowed) == ["a"]
        assert await found(layer, SHELF, "name", Shelf.books.none(lambda it: it.pages > 0)) == ["c"]

    async def test_a_pattern_knows_its_wildcards_and_its_escape(self, layer: Layer) -> None:
        assert await found(layer, BOOK, "title", Book.title.like("%e")) == ["Dune"]
        assert await found(layer, BOOK, "title", Book.title.ilike("_RI%")) == ["ariel"]
        assert await found(layer, BOOK, "title", Book.title.like(r"%\%%")) == ["100% Emma"]
        assert await found(layer, BOOK, "title", Book.title.contains("% E")) == ["100% Emma"]
        assert await found(layer, BOOK, "title", Book.title.contains("_")) == []

    async def test_a_value_is_among_those_listed(self, layer: Layer) -> None:
        chosen = Book.genre.one_of([Genre.POETRY, Genre.SCIENCE])
        assert await found(layer, BOOK, "title", chosen, sort=["title"]) == ["Cosmos", "ariel"]
        assert await found(layer, BOOK, "title", Book.genre.one_of([])) == []
        assert len(await found(layer, BOOK, "title", ~Book.genre.one_of([]))) == 4

    async def test_derived_values_are_read_like_stored_ones(self, layer: Layer) -> None:
        names = ("name", *SHELF.derived)
        async with layer.snapshot_read() as reads:
            full, _, empty = await reads.read(Selection(SHELF, names, sort=(Ordering(Ref("name")),)))
        assert full == {
            "name": "a",
            "book_count": 3,
            "long_books": 2,
            "has_poetry": True,
            "page_total": 1070,
            "mean_rating": 4.25,
            "cheapest": Decimal("9.90"),
            "last_title": "ariel",
            "longest": "Dune",
            "titles": ["ariel", "Dune", "Cosmos"],
        }
        assert empty == {
            **dict.fromkeys(names),
            "name": "c",
            "book_count": 0,
            "long_books": 0,
            "has_poetry": False,
            "titles": [],
        }

    async def test_a_sum_may_be_longer_than_what_it_adds_up(self, layer: Layer, shelves: list[Row]) -> None:
        longest = 2**63 - 1
        await given(layer, BOOK, *(book(shelves[2], str(number), pages=longest) for number in range(3)))
        assert await found(layer, SHELF, "page_total", sort=["-page_total"]) == [3 * longest, 1070, 474]
        assert await found(layer, SHELF, "name", Shelf.page_total > longest) == ["c"]
        assert await found(layer, BOOK, "title", Book.shelf.page_total == 3 * longest, sort=["title"]) == [
            "0",
            "1",
            "2",
        ]

    async def test_derived_values_filter_and_sort(self, layer: Layer) -> None:
        assert await found(layer, SHELF, "name", Shelf.book_count > 0, sort=["book_count"]) == ["b", "a"]
        assert await found(layer, BOOK, "title", Book.shelf.book_count == 1) == ["100% Emma"]
        assert await found(layer, BOOK, "title", Book.loan_count == 2) == ["Dune"]
        assert await found(layer, BOOK, "title", Book.price_per_page > 0.1) == ["ariel"]

    async def test_a_lambda_inside_a_lambda_speaks_of_both_records(self, layer: Layer) -> None:
        longest: Expr[bool] = Book.shelf.books.none(lambda other: other.pages > Book.pages)
        assert await found(layer, BOOK, "title", longest, sort=["title"]) == ["100% Emma", "Dune"]
        lent: Expr[bool] = Shelf.books.any(lambda book: book.loans.any(lambda loan: loan.days > book.pages))
        assert await found(layer, SHELF, "name", lent) == []
        kept: Expr[bool] = Shelf.books.any(lambda book: book.loans.any(lambda loan: loan.days < book.pages))
        assert await found(layer, SHELF, "name", kept, sort=["name"]) == ["a"]

    async def test_a_limit_and_an_offset_cut_the_order(self, layer: Layer) -> None:
        async with layer.snapshot_read() as reads:
            rows = await reads.read(Selection(BOOK, ("title",), sort=BY_TITLE, limit=2, offset=1))
        assert [row["title"] for row in rows] == ["Cosmos", "Dune"]

    async def test_a_partitioned_limit_counts_anew_for_each_value(self, layer: Layer, shelves: list[Row]) -> None:
        a, b, _ = shelves
        async with layer.snapshot_read() as reads:
            rows = await reads.read(
                Selection(BOOK, ("title", "shelf_id"), sort=BY_TITLE, limit=1, offset=0, partition="shelf_id")
            )
            seconds = await reads.read(
                Selection(BOOK, ("title", "shelf_id"), sort=BY_TITLE, limit=1, offset=1, partition="shelf_id")
            )
        assert {row["shelf_id"]: row["title"] for row in rows} == {a["id"]: "Cosmos", b["id"]: "100% Emma"}
        assert [row["title"] for row in seconds] == ["Dune"]

    async def test_a_count_counts_what_satisfies_the_condition(self, layer: Layer) -> None:
        async with layer.snapshot_read() as reads:
            assert await reads.count(BOOK, None) == 4
            assert await reads.count(BOOK, (Book.pages > 400).node) == 2
            assert await reads.estimate(BOOK, (Book.pages > 400).node) == Total(2, is_exact=True)
