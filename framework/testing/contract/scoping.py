"""What a layer shows through an access scope: what may not be seen is not there, however it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest

from framework.data.access_scope import AccessScope
from framework.data.protocols import Layer, Row
from framework.data.selection import Lock, Ordering, Selection
from framework.data.total import Total
from framework.errors import Conflict
from framework.expr.beyond import Beyond
from framework.expr.build import Expr
from framework.expr.nodes import FALSE, TRUE, Compare, Comparison, Node, Ref, Some, Value, along, equals
from framework.spec.resource import ResourceSpec
from framework.testing.contract.library import Book, Loan, Shelf
from framework.testing.contract.rows import BOOK, LOAN, SHELF, book, found, given, loan, shelf

SHORT = AccessScope({"Book": (Book.pages < 500).node}, {})
NO_RATING = AccessScope({}, {"Book": {"rating": (Book.pages < 500).node}})
BY_TITLE = (Ordering(Ref("title")),)


async def seen(
    layer: Layer, scope: AccessScope, spec: ResourceSpec, *path: str, where: Expr[bool] | Node | None = None
) -> list[Any]:
    """The first value named of the records found through a scope, in the order of what is at the end of the path."""
    condition = where.node if isinstance(where, Expr) else where
    async with layer.snapshot_read() as reads:
        asked = Selection(spec, path[:1], condition, (Ordering(along(*path[1:] or path)),))
        return [row[path[0]] for row in await reads.scoped(scope).read(asked)]


class ScopingContract:
    """Shelf `a` with a long and two short books, `b` with a long one; each of them was borrowed."""

    @pytest.fixture(autouse=True)
    async def books(self, layer: Layer) -> dict[str, Row]:
        """The books by title: Dune and Emma are long."""
        a, b, _ = await given(layer, SHELF, shelf("a"), shelf("b"), shelf("c"))
        dune, *others = await given(
            layer, BOOK, book(a, "Dune", pages=600, rating=4.5), book(a, "Ariel", pages=100, rating=4.0)
        )
        others += await given(layer, BOOK, book(a, "Cosmos", pages=300, rating=2.0, prequel_id=dune["id"]))
        others += await given(layer, BOOK, book(b, "Emma", pages=500, rating=3.0))
        await given(layer, LOAN, *(loan(each, each["title"], days=len(each["title"])) for each in (dune, *others)))
        return {row["title"]: row for row in (dune, *others)}

    async def test_a_hidden_record_is_not_listed_counted_or_found_by_its_key(
        self, layer: Layer, books: dict[str, Row]
    ) -> None:
        assert await seen(layer, SHORT, BOOK, "title") == ["Ariel", "Cosmos"]
        assert await seen(layer, SHORT, BOOK, "title", where=equals(id=books["Dune"]["id"])) == []
        async with layer.snapshot_read() as reads:
            assert await reads.scoped(SHORT).count(BOOK, None) == 2
            assert await reads.scoped(SHORT).estimate(BOOK, None) == Total(2, is_exact=True)
            assert await reads.scoped(SHORT).scoped(None).count(BOOK, None) == 4

    async def test_a_page_after_a_place_has_no_hidden_record(self, layer: Layer) -> None:
        after = Beyond((Ref("title"),), (Value("Ariel"),))
        assert await seen(layer, SHORT, BOOK, "title", where=after) == ["Cosmos"]

    async def test_a_link_leads_to_no_hidden_record(self, layer: Layer) -> None:
        assert await seen(layer, SHORT, LOAN, "reader", where=Loan.book.pages > 0) == ["Ariel", "Cosmos"]
        assert await seen(layer, SHORT, LOAN, "reader", "book", "title") == ["Ariel", "Cosmos", "Dune", "Emma"]
        assert await seen(layer, SHORT, BOOK, "title", where=Some("prequel", TRUE)) == []
        assert await seen(layer, SHORT, SHELF, "name", where=Shelf.books.any(lambda it: it.pages > 0)) == ["a"]
        assert await seen(layer, SHORT, SHELF, "name", where=Shelf.books.none(lambda it: it.pages > 0)) == ["b", "c"]

    async def test_a_link_leads_over_no_hidden_record(self, layer: Layer) -> None:
        assert await seen(layer, SHORT, SHELF, "name", where=Some("all_loans", TRUE)) == ["a"]
        assert await seen(layer, SHORT, SHELF, "name", where=Some("all_loans", equals(reader="Dune"))) == []
        assert await seen(layer, SHORT, LOAN, "reader", where=Loan.book.shelf.name == "a") == ["Ariel", "Cosmos"]
        a = Compare(Comparison.EQ, along("shelf", "name"), Value("a"))
        assert await seen(layer, SHORT, LOAN, "reader", where=a) == ["Ariel", "Cosmos"]

    async def test_what_is_made_of_many_is_made_of_what_may_be_seen(self, layer: Layer) -> None:
        names = ("book_count", "page_total", "mean_rating", "last_title", "longest", "titles", "long_books")
        async with layer.snapshot_read() as reads:
            asked = Selection(SHELF, names, sort=(Ordering(Ref("name")),))
            full, none, _ = [tuple(row.values()) for row in await reads.scoped(SHORT).read(asked)]
        assert full == (2, 400, 3.0, "Cosmos", "Cosmos", ["Cosmos", "Ariel"], 0)
        assert none == (0, None, None, None, None, [], 0)

    async def test_a_part_of_each_is_cut_from_what_may_be_seen(self, layer: Layer) -> None:
        asked = Selection(BOOK, ("title",), sort=BY_TITLE, limit=1, offset=1, partition="shelf_id")
        async with layer.snapshot_read() as reads:
            assert [row["title"] for row in await reads.scoped(SHORT).read(asked)] == ["Cosmos"]

    @pytest.mark.parametrize("lock", [Lock.UPDATE, Lock.FREE])
    async def test_only_what_may_be_seen_is_held(self, layer: Layer, lock: Lock) -> None:
        over = AccessScope({"Book": (Book.shelf.name == "a").node}, {"Book": {"rating": (Book.shelf.name == "b").node}})
        async with layer.transaction() as transaction:
            rows = await transaction.scoped(over).read(Selection(BOOK, ("title", "rating"), sort=BY_TITLE, lock=lock))
        assert [tuple(row.values()) for row in rows] == [("Ariel", None), ("Cosmos", None), ("Dune", None)]

    async def test_writes_find_only_what_may_be_seen(self, layer: Layer, books: dict[str, Row]) -> None:
        async with layer.transaction() as transaction:
            through = transaction.scoped(SHORT)
            changed = await through.update(BOOK, TRUE, {"rating": 1.0})
            named = await through.update(BOOK, equals(id=books["Dune"]["id"]), {"rating": 1.0})
            each = {row["id"]: {"isbn": title} for title, row in books.items()}
            changed_each = await through.update_each(BOOK, each, None)
            gone = await through.delete(BOOK, equals(title="Ariel"))
            kept = await through.delete(BOOK, equals(id=books["Emma"]["id"]))
            assert await through.discard(BOOK, TRUE) == 1
        assert {row["title"] for row in changed} == {row["title"] for row in changed_each} == {"Ariel", "Cosmos"}
        assert [row["title"] for row in gone] == ["Ariel"]
        assert (named, kept) == ([], [])
        assert await found(layer, BOOK, "rating", sort=["title"]) == [4.5, 3.0]
        assert await found(layer, BOOK, "isbn", sort=["title"]) == [None, None]

    async def test_writes_find_by_what_is_at_the_end_of_links(self, layer: Layer, books: dict[str, Row]) -> None:
        over = AccessScope({"Book": (Book.shelf.name == "b").node}, {})
        async with layer.transaction() as transaction:
            for title in ("Emma", "Dune"):
                await transaction.scoped(over).update(BOOK, equals(id=books[title]["id"]), {"isbn": title})
        assert await found(layer, BOOK, "isbn", sort=["title"]) == [None, None, None, "Emma"]

    async def test_rules_are_upheld_against_hidden_records(self, layer: Layer, books: dict[str, Row]) -> None:
        async with layer.transaction() as transaction:
            with pytest.raises(Conflict):
                async with transaction.savepoint():
                    await transaction.scoped(SHORT).insert(BOOK, [book({"id": books["Dune"]["shelf_id"]}, "Dune")])
            await transaction.scoped(SHORT).insert(LOAN, [loan(books["Dune"])])

    async def test_what_goes_with_a_record_goes_although_it_is_hidden(self, layer: Layer) -> None:
        async with layer.transaction() as transaction:
            await transaction.scoped(AccessScope({"Loan": FALSE}, {})).delete(BOOK, equals(title="Emma"))
        assert await found(layer, LOAN, "reader", sort=["reader"]) == ["Ariel", "Cosmos", "Dune"]

    async def test_a_hidden_value_is_absent_wherever_it_is_named(self, layer: Layer, books: dict[str, Row]) -> None:
        assert await seen(layer, NO_RATING, BOOK, "rating", "title") == [4.0, 2.0, None, None]
        assert await seen(layer, NO_RATING, BOOK, "title", "rating") == ["Cosmos", "Ariel", *self.unsorted(books)]
        assert await seen(layer, NO_RATING, BOOK, "title", where=Book.rating > 2.5) == ["Ariel"]
        assert await seen(layer, NO_RATING, BOOK, "title", where=Book.rating.one_of([4.5, 2.0])) == ["Cosmos"]
        assert await seen(layer, NO_RATING, BOOK, "title", where=Book.rating.is_null()) == ["Dune", "Emma"]
        assert await seen(layer, NO_RATING, BOOK, "title", where=Book.prequel.rating > 0) == []
        assert await seen(layer, NO_RATING, SHELF, "mean_rating", "name") == [3.0, None, None]
        assert await seen(layer, NO_RATING, SHELF, "titles", "name") == [["Cosmos", "Ariel", "Dune"], ["Emma"], []]
        after = Beyond((Ref("rating"),), (Value(2.0),))
        assert await seen(layer, NO_RATING, BOOK, "title", where=after) == ["Ariel"]

    async def test_a_hidden_key_leads_nowhere(self, layer: Layer) -> None:
        hidden = AccessScope({}, {"Book": {"shelf_id": (Book.pages < 500).node}})
        assert await seen(layer, hidden, BOOK, "title", where=Book.shelf.name == "a") == ["Ariel", "Cosmos"]
        assert await seen(layer, hidden, SHELF, "book_count", "name") == [2, 0, 0]
        assert await seen(layer, hidden, SHELF, "name", where=Some("all_loans", TRUE)) == ["a"]

    async def test_a_derived_value_may_be_hidden_and_is_worked_out_of_what_may_be_seen(self, layer: Layer) -> None:
        hidden = AccessScope({}, {"Shelf": {"book_count": (Shelf.book_count < 2).node}})
        assert await seen(layer, hidden, SHELF, "book_count", "name") == [None, 1, 0]
        assert await seen(layer, hidden, SHELF, "name", where=Shelf.book_count >= 0) == ["b", "c"]
        assert await seen(layer, hidden, BOOK, "title", where=Book.shelf.book_count == 1) == ["Emma"]

    async def test_the_conditions_themselves_see_everything(self, layer: Layer) -> None:
        nothing: Expr[bool] = Book.pages < 0
        within = AccessScope(
            {"Book": nothing.node, "Shelf": Shelf.books.any(lambda it: it.pages > 550).node},
            {"Shelf": {"name": Shelf.books.any(lambda it: it.rating > 4.2).node}, "Book": {"rating": FALSE}},
        )
        assert await seen(layer, within, SHELF, "name") == ["a"]
        itself = AccessScope({"Book": Book.shelf.books.any(lambda it: it.title == "Dune").node}, {})
        assert await seen(layer, itself, BOOK, "title") == ["Ariel", "Cosmos", "Dune"]

    async def test_an_unknown_condition_hides(self, layer: Layer) -> None:
        assert await seen(layer, AccessScope({"Book": (Book.price > 0).node}, {}), BOOK, "title") == []
        assert await seen(layer, AccessScope({"Book": Value(None)}, {}), BOOK, "title") == []

    async def test_what_is_saved_or_fails_through_a_scope_does_so_in_the_whole_transaction(self, layer: Layer) -> None:
        async with layer.transaction() as transaction:
            with pytest.raises(Conflict):
                async with transaction.scoped(SHORT).savepoint():
                    await transaction.insert(SHELF, [shelf("a")])
            assert await transaction.count(SHELF, None) == 3
        with pytest.raises(Conflict, match="the transaction has failed"):
            await _failure_caught_through_a_scope(layer)

    @staticmethod
    def unsorted(books: dict[str, Row]) -> Sequence[str]:
        """Those whose rating is hidden, as their keys go."""
        return sorted(("Dune", "Emma"), key=lambda title: books[title]["id"])


async def _failure_caught_through_a_scope(layer: Layer) -> None:
    async with layer.transaction() as transaction:
        with suppress(Conflict):
            await transaction.scoped(SHORT).insert(SHELF, [shelf("a")])
        await transaction.update(BOOK, TRUE, {"isbn": None})
