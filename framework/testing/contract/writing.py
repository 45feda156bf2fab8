"""What a layer keeps, and gives back as it was."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from framework.data.protocols import Layer, Row
from framework.expr.build import moment
from framework.expr.nodes import TRUE, Value
from framework.identifiers import uuid7
from framework.testing.contract.library import Book, Genre, Size
from framework.testing.contract.rows import BOOK, LOAN, SHELF, book, found, given, loan, shelf


class WritingContract:
    """Inserts, updates and deletes."""

    async def test_every_kind_of_value_comes_back_as_it_was_written(self, layer: Layer) -> None:
        on = shelf()
        await given(layer, SHELF, on)
        written = book(
            on,
            "Ünï 🐍 % _ \\ '",
            isbn="1",
            rating=0.1,
            price=Decimal("1.10"),
            genre=Genre.POETRY,
            size=Size(width=3, height=4),
            tags=["a", "b"],
            notes={"deep": [1, None, {"x": 1.5}]},
            printed_on=date(1965, 8, 1),
            reading_time=timedelta(hours=30, microseconds=5),
        )
        (stored,) = await given(layer, BOOK, written)
        assert stored == {**written, "prequel_id": None}
        assert isinstance(stored["genre"], Genre)
        assert isinstance(stored["price"], Decimal)
        assert await found(layer, BOOK, "size") == [Size(width=3, height=4)]

    async def test_rows_come_back_in_the_order_given(self, layer: Layer) -> None:
        rows = [shelf(name) for name in "dbca"]
        assert [row["name"] for row in await given(layer, SHELF, *rows)] == list("dbca")

    async def test_no_rows_are_no_work(self, layer: Layer) -> None:
        assert await given(layer, SHELF) == []

    async def test_a_sequence_counts_up(self, layer: Layer) -> None:
        on = shelf()
        await given(layer, SHELF, on)
        (of,) = await given(layer, BOOK, book(on))
        one, two = await given(layer, LOAN, loan(of), loan(of))
        assert 0 < one["number"] < two["number"]

    async def test_an_update_works_out_expressions_from_what_each_row_was(self, layer: Layer) -> None:
        on = shelf()
        await given(layer, SHELF, on)
        await given(layer, BOOK, book(on, "a", pages=10), book(on, "b", pages=20), book(on, "c", pages=30))
        async with layer.transaction() as transaction:
            changed = await transaction.update(
                BOOK,
                (Book.pages > 10).node,
                {"pages": (Book.pages + 1).node, "rating": Value(2.0), "isbn": Book.title.node},
            )
        assert {(row["title"], row["pages"], row["rating"], row["isbn"]) for row in changed} == {
            ("b", 21, 2.0, "b"),
            ("c", 31, 2.0, "c"),
        }
        assert await found(layer, BOOK, "pages", sort=["pages"]) == [10, 21, 31]

    async def test_records_are_given_values_of_their_own(self, layer: Layer) -> None:
        on = shelf()
        await given(layer, SHELF, on)
        one, other, third = await given(layer, BOOK, book(on, "a"), book(on, "b"), book(on, "c"))
        changes: dict[Any, Row] = {
            other["id"]: {
                "pages": 2,
                "notes": {"n": 1},
                "tags": ["x"],
                "genre": None,
                "rating": (Book.pages / 50).node,
            },
            one["id"]: {"pages": 1, "notes": None, "tags": [], "genre": Genre.POETRY, "rating": (Book.pages / 50).node},
            uuid7(): {"pages": 9, "notes": None, "tags": [], "genre": None, "rating": (Book.pages / 50).node},
        }
        async with layer.transaction() as transaction:
            changed = await transaction.update_each(BOOK, changes, (Book.title != "c").node)
        told = {row["title"]: (row["pages"], row["notes"], row["tags"], row["genre"], row["rating"]) for row in changed}
        assert told == {"a": (1, None, [], Genre.POETRY, 2.0), "b": (2, {"n": 1}, ["x"], None, 2.0)}
        assert await found(layer, BOOK, "pages", sort=["title"]) == [1, 2, third["pages"]]

    async def test_records_that_do_not_meet_the_condition_keep_their_values(self, layer: Layer) -> None:
        one, other = shelf("a"), shelf("b")
        await given(layer, SHELF, one, other)
        first, second = await given(layer, BOOK, book(one, "x"), book(other, "y"))
        changes = {first["id"]: {"pages": 1}, second["id"]: {"pages": 2}}
        async with layer.transaction() as transaction:
            changed = await transaction.update_each(BOOK, changes, (Book.shelf.name == "b").node)
        assert [(row["title"], row["pages"]) for row in changed] == [("y", 2)]
        assert await found(layer, BOOK, "pages", sort=["title"]) == [100, 2]

    async def test_an_insert_works_out_expressions(self, layer: Layer) -> None:
        on = shelf()
        await given(layer, SHELF, on)
        first, second = await given(
            layer, BOOK, book(on, "a", added_at=moment().node), book(on, "b", added_at=moment().node)
        )
        assert first["added_at"] == second["added_at"]
        assert first["added_at"].tzinfo is not None

    async def test_rows_with_expressions_that_nearly_agree_get_each_their_own(self, layer: Layer) -> None:
        on = shelf()
        await given(layer, SHELF, on)
        notes = [{"a": 1}, {"a": True}, {"a": 1.5}, {"a": False}]
        stored = await given(layer, BOOK, *(book(on, str(it), notes=Value(it)) for it in notes))
        assert [repr(row["notes"]) for row in stored] == [repr(it) for it in notes]

    async def test_an_update_that_finds_nothing_changes_nothing(self, layer: Layer) -> None:
        await given(layer, SHELF, shelf("a"))
        async with layer.transaction() as transaction:
            assert await transaction.update(BOOK, TRUE, {"pages": 3}) == []

    async def test_a_delete_gives_the_rows_as_they_were(self, layer: Layer) -> None:
        on = shelf("a")
        await given(layer, SHELF, on, shelf("b"))
        async with layer.transaction() as transaction:
            gone = await transaction.delete(SHELF, TRUE)
        assert {row["name"] for row in gone} == {"a", "b"}
        assert await found(layer, SHELF, "name") == []

    async def test_what_is_discarded_is_counted_and_not_given(self, layer: Layer) -> None:
        one, other = shelf("a"), shelf("b")
        await given(layer, SHELF, one, other)
        dune = book(one, "Dune")
        await given(layer, BOOK, dune, book(other, "Emma"))
        await given(layer, LOAN, loan(dune))
        async with layer.transaction() as transaction:
            assert await transaction.discard(BOOK, (Book.shelf.name == "a").node) == 1
            assert await transaction.discard(BOOK, (Book.shelf.name == "a").node) == 0
        assert await found(layer, BOOK, "title") == ["Emma"]
        assert await found(layer, LOAN, "number") == []

    async def test_what_belongs_to_a_deleted_record_goes_or_is_set_free(self, layer: Layer) -> None:
        on = shelf()
        await given(layer, SHELF, on)
        dune = book(on, "Dune")
        await given(layer, BOOK, dune)
        await given(layer, BOOK, book(on, "Messiah", prequel_id=dune["id"]))
        await given(layer, LOAN, loan(dune))
        async with layer.transaction() as transaction:
            await transaction.delete(BOOK, (Book.title == "Dune").node)
        assert await found(layer, BOOK, "prequel_id") == [None]
        assert await found(layer, LOAN, "number") == []
