"""What a layer refuses, and in which words."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from framework.data.protocols import Layer, Row
from framework.errors import Conflict, Failure, Invalid, Path
from framework.expr.nodes import TRUE, Value
from framework.identifiers import uuid7
from framework.spec.resource import ResourceSpec
from framework.testing.contract.library import Book
from framework.testing.contract.rows import BOOK, LOAN, SHELF, book, found, given, loan, shelf


async def refused(layer: Layer, resource: ResourceSpec, *rows: Row) -> tuple[type[Failure], str, Path]:
    """The failure that an insert meets, its code and its path."""
    with pytest.raises(Failure) as caught:
        await given(layer, resource, *rows)
    (issue,) = caught.value.issues
    return type(caught.value), issue.code, issue.path


class RefusingContract:
    """Identities, links, rules and limits, told as our failures."""

    @pytest.fixture
    async def on(self, layer: Layer) -> Row:
        """A shelf."""
        return (await given(layer, SHELF, shelf("a")))[0]

    @pytest.mark.usefixtures("on")
    async def test_an_identity_is_taken_once(self, layer: Layer) -> None:
        with pytest.raises(Conflict) as caught:
            await given(layer, SHELF, shelf("a"))
        (issue,) = caught.value.issues
        assert (issue.code, issue.path, issue.message) == ("taken", ("name",), "there is such a shelf already")

    async def test_a_primary_key_is_taken_once(self, layer: Layer, on: Row) -> None:
        assert await refused(layer, SHELF, {"id": on["id"], "name": "b"}) == (Conflict, "taken", ("id",))

    async def test_rows_of_one_insert_may_not_share_an_identity_either(self, layer: Layer) -> None:
        assert await refused(layer, SHELF, shelf("y"), shelf("x"), shelf("x")) == (Conflict, "taken", (2, "name"))
        assert await found(layer, SHELF, "name") == []

    async def test_of_several_rows_the_one_that_is_refused_is_told(self, layer: Layer, on: Row) -> None:
        """Each breach is the third of four rows, or the only row that is wrong could have been told by chance."""
        await given(layer, BOOK, book(on, "taken", isbn="a, b"))
        fine, also, last = book(on, "x"), book(on, "y"), book(on, "z")
        wrong: list[tuple[Row, type[Failure], str, Path]] = [
            (book(on, "taken"), Conflict, "taken", (2, "title")),
            (book(on, "t", isbn="a, b"), Conflict, "taken", (2, "isbn")),
            ({**book(on, "t"), "id": fine["id"]}, Conflict, "taken", (2, "id")),
            (book({"id": uuid7()}, "t"), Invalid, "no_such_record", (2, "shelf_id")),
            (book(on, "t", rating=5.5), Invalid, "check_failed", (2,)),
            (book(on, "t", pages=0), Invalid, "check_failed", (2, "pages")),
            (book(on, "t", pages=None), Invalid, "missing", (2, "pages")),
        ]
        for row, *told in wrong:
            assert await refused(layer, BOOK, fine, also, row, last) == tuple(told)
        assert await found(layer, BOOK, "title") == ["taken"]

    async def test_of_several_rows_that_the_store_numbers_the_one_refused_is_told(self, layer: Layer, on: Row) -> None:
        (of,) = await given(layer, BOOK, book(on))
        assert await refused(layer, LOAN, loan(of), loan(of, days=None)) == (Invalid, "missing", (1, "days"))
        assert await refused(layer, LOAN, loan(of), loan({"id": uuid7()})) == (
            Invalid,
            "no_such_record",
            (1, "book_id"),
        )

    async def test_of_several_rows_with_expressions_of_their_own_the_one_refused_is_told(
        self, layer: Layer, on: Row
    ) -> None:
        wrong = [book(on, str(pages), pages=Value(pages)) for pages in (1, 2, 0)]
        assert await refused(layer, BOOK, *wrong) == (Invalid, "check_failed", (2, "pages"))

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"title": "taken"}, (Conflict, "taken", (1, "title"))),
            ({"rating": 5.5}, (Invalid, "check_failed", (1,))),
            ({"pages": 0}, (Invalid, "check_failed", (1, "pages"))),
            ({"shelf_id": UUID(int=1)}, (Invalid, "no_such_record", (1, "shelf_id"))),
        ],
    )
    async def test_of_several_changes_the_one_that_is_refused_is_told(
        self, layer: Layer, on: Row, change: Row, told: tuple[type[Failure], str, Path]
    ) -> None:
        stored = await given(layer, BOOK, book(on, "x", rating=1.0), book(on, "y", rating=1.0), book(on, "taken"))
        (name,) = change
        fine = {"title": "fine", "rating": 2.0, "pages": 7, "shelf_id": on["id"]}[name]
        changes = {stored[0]["id"]: {name: fine}, stored[1]["id"]: change}
        with pytest.raises(Failure) as caught:
            async with layer.transaction() as transaction:
                await transaction.update_each(BOOK, changes, None)
        (issue,) = caught.value.issues
        assert (type(caught.value), issue.code, issue.path) == told
        assert await found(layer, BOOK, "title", sort=["title"]) == ["taken", "x", "y"]

    async def test_of_several_changes_to_records_that_the_store_numbers_the_wrong_one_is_told(
        self, layer: Layer, on: Row
    ) -> None:
        (of,) = await given(layer, BOOK, book(on))
        one, other = await given(layer, LOAN, loan(of), loan(of))
        changes = {one["number"]: {"days": other["number"]}, other["number"]: {"days": None}}
        with pytest.raises(Failure) as caught:
            async with layer.transaction() as transaction:
                await transaction.update_each(LOAN, changes, None)
        assert [issue.path for issue in caught.value.issues] == [(1, "days")]

    async def test_an_update_may_not_take_an_identity(self, layer: Layer, on: Row) -> None:
        await given(layer, BOOK, book(on, "x"), book(on, "y"))
        with pytest.raises(Conflict) as caught:
            async with layer.transaction() as transaction:
                await transaction.update(BOOK, (Book.title == "x").node, {"title": "y"})
        assert caught.value.issues[0].code == "taken"
        assert await found(layer, BOOK, "title", sort=["title"]) == ["x", "y"]

    async def test_records_exchange_what_is_unique_in_one_statement(self, layer: Layer, on: Row) -> None:
        x, y, z = await given(layer, BOOK, *(book(on, name, isbn=name) for name in "xyz"))
        round_about = {x["id"]: {"isbn": "y"}, y["id"]: {"isbn": "z"}, z["id"]: {"isbn": "x"}}
        async with layer.transaction() as transaction:
            await transaction.update_each(BOOK, round_about, None)
        assert await found(layer, BOOK, "isbn", sort=["title"]) == ["y", "z", "x"]
        with pytest.raises(Conflict) as caught:
            async with layer.transaction() as transaction:
                await transaction.update_each(BOOK, {x["id"]: {"isbn": "n"}, y["id"]: {"isbn": "x"}}, None)
        assert [(issue.code, issue.path) for issue in caught.value.issues] == [("taken", (1, "isbn"))]

    async def test_what_is_unique_among_some_is_taken_until_the_statement_is_done(self, layer: Layer, on: Row) -> None:
        x, y, z = await given(layer, BOOK, *(book(on, name) for name in "xyz"))
        swap = {x["id"]: {"title": "y"}, y["id"]: {"title": "x"}}
        with pytest.raises(Conflict) as caught:
            async with layer.transaction() as transaction:
                await transaction.update_each(BOOK, swap, None)
        assert caught.value.issues[0].code == "taken"
        async with layer.transaction() as transaction:
            await transaction.update_each(BOOK, {x["id"]: {"title": "x"}, z["id"]: {"title": "w"}}, None)
        async with layer.transaction() as transaction:
            await transaction.update(BOOK, (Book.id == z["id"]).node, {"title": "z"})
        assert await found(layer, BOOK, "title", sort=["title"]) == ["x", "y", "z"]

    async def test_absent_values_are_never_taken(self, layer: Layer, on: Row) -> None:
        await given(layer, BOOK, book(on, "x", isbn=None), book(on, "y", isbn=None))
        assert len(await found(layer, BOOK, "id")) == 2

    async def test_an_identity_holds_only_among_those_it_selects(self, layer: Layer, on: Row) -> None:
        other = shelf("b")
        await given(layer, SHELF, other)
        await given(layer, BOOK, book(on, "x"), book(on, "x", withdrawn=True), book(other, "x"))
        assert (await refused(layer, BOOK, book(on, "x")))[:2] == (Conflict, "taken")

    async def test_a_link_leads_to_a_record_that_is_there(self, layer: Layer) -> None:
        nowhere = {"id": uuid7()}
        assert await refused(layer, BOOK, book(nowhere)) == (Invalid, "no_such_record", ("shelf_id",))

    async def test_a_record_in_use_stays(self, layer: Layer, on: Row) -> None:
        await given(layer, BOOK, book(on))
        with pytest.raises(Conflict) as caught:
            async with layer.transaction() as transaction:
                await transaction.delete(SHELF, TRUE)
        assert caught.value.issues[0].code == "in_use"
        assert await found(layer, SHELF, "name") == ["a"]

    async def test_a_record_and_what_uses_it_may_go_in_one_transaction(self, layer: Layer, on: Row) -> None:
        await given(layer, BOOK, book(on))
        async with layer.transaction() as transaction:
            await transaction.delete(BOOK, TRUE)
            await transaction.delete(SHELF, TRUE)
        assert await found(layer, SHELF, "name") == []

    async def test_a_rule_is_upheld_in_its_own_words(self, layer: Layer, on: Row) -> None:
        with pytest.raises(Invalid) as caught:
            await given(layer, BOOK, book(on, rating=5.5))
        (issue,) = caught.value.issues
        assert (issue.code, issue.message) == ("check_failed", "a rating is at most five stars")

    async def test_a_rule_that_is_unknown_is_not_broken(self, layer: Layer, on: Row) -> None:
        await given(layer, BOOK, book(on, rating=None))
        assert await found(layer, BOOK, "rating") == [None]

    @pytest.mark.parametrize(("name", "value"), [("pages", 0), ("title", "x" * 21)])
    async def test_the_limits_of_a_type_are_upheld(self, layer: Layer, on: Row, name: str, value: Any) -> None:
        assert await refused(layer, BOOK, book(on, **{name: value})) == (Invalid, "check_failed", (name,))

    async def test_a_value_that_has_to_be_there_is(self, layer: Layer, on: Row) -> None:
        assert await refused(layer, BOOK, book(on, pages=None)) == (Invalid, "missing", ("pages",))
        assert await refused(layer, LOAN, loan({"id": None})) == (Invalid, "missing", ("book_id",))
