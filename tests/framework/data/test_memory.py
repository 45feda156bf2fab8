"""What is the memory layer's own; what it shares with every layer stands in tests/contracts."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from framework.data.memory import MemoryLayer
from framework.data.selection import Selection
from framework.errors import Conflict, Failure
from framework.expr.build import Expr, moment
from framework.expr.nodes import TRUE, Call, Function, Node
from framework.identifiers import uuid7
from framework.testing.contract.library import Book, Shelf
from framework.testing.contract.rows import BOOK, LIBRARY, LOAN, SHELF, book, found, given, loan, shelf

HORIZON: Expr[int] = Expr(lambda: Call(Function.HORIZON))


@pytest.fixture
def layer() -> MemoryLayer:
    return MemoryLayer(LIBRARY)


async def test_a_transaction_inside_another_of_the_same_task_is_refused_not_waited_for(layer: MemoryLayer) -> None:
    async with layer.transaction():
        with pytest.raises(RuntimeError, match="a transaction is open already"):
            async with layer.transaction():
                pass


async def test_what_is_changed_in_place_afterwards_is_not_stored(layer: MemoryLayer) -> None:
    on, tags = shelf(), ["a"]
    await given(layer, SHELF, on)
    (stored,) = await given(layer, BOOK, book(on, tags=tags))
    tags.append("b")
    stored["tags"].append("c")
    (read,) = await found(layer, BOOK, "tags")
    read.append("d")
    assert await found(layer, BOOK, "tags") == [["a"]]


async def test_numbers_of_a_sequence_that_were_rolled_back_are_gone(layer: MemoryLayer) -> None:
    on = shelf()
    await given(layer, SHELF, on)
    (of,) = await given(layer, BOOK, book(on))
    with pytest.raises(Failure):
        await given(layer, LOAN, loan(of), loan({"id": uuid7()}))
    (stored,) = await given(layer, LOAN, loan(of))
    assert stored["number"] == 3


async def test_all_rows_of_a_statement_share_its_moment_and_the_next_has_its_own() -> None:
    ticks = iter(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second) for second in range(100))
    layer = MemoryLayer(LIBRARY, clock=lambda: next(ticks))
    on = shelf()
    await given(layer, SHELF, on)
    async with layer.transaction() as transaction:
        one, two = await transaction.insert(BOOK, [book(on, title, added_at=moment().node) for title in ("a", "b")])
        (three,) = await transaction.insert(BOOK, [book(on, "c", added_at=moment().node)])
    assert one["added_at"] == two["added_at"] < three["added_at"]


async def test_the_horizon_stays_behind_a_transaction_that_is_running(layer: MemoryLayer) -> None:
    await given(layer, SHELF, shelf("a"))
    async with layer.snapshot_read() as reads:
        settled = (HORIZON == 2).node
        assert await reads.count(SHELF, settled) == 1
        async with layer.transaction(), layer.snapshot_read() as later:
            assert await later.count(SHELF, settled) == 1
        assert await reads.count(SHELF, settled) == 1
    async with layer.snapshot_read() as reads:
        assert await reads.count(SHELF, (HORIZON == 3).node) == 1


async def test_a_changed_primary_key_is_refused_while_another_record_holds_the_old_one(layer: MemoryLayer) -> None:
    on, free = shelf("a"), shelf("b")
    await given(layer, SHELF, on, free)
    await given(layer, BOOK, book(on))
    async with layer.transaction() as transaction:
        await transaction.update(SHELF, (Shelf.name == "b").node, {"id": uuid7()})
    for which, code in (((Shelf.name == "a").node, "in_use"), (TRUE, "taken")):
        with pytest.raises(Conflict) as caught:
            await _with_another_key(layer, which)
        assert caught.value.issues[0].code == code


async def _with_another_key(layer: MemoryLayer, which: Node) -> None:
    async with layer.transaction() as transaction:
        await transaction.update(SHELF, which, {"id": uuid7()})


async def test_a_rolled_back_delete_brings_everything_back(layer: MemoryLayer) -> None:
    on = shelf()
    await given(layer, SHELF, on)
    dune, other = book(on, "Dune"), book(on, "Messiah")
    await given(layer, BOOK, dune, {**other, "prequel_id": dune["id"]})
    await given(layer, LOAN, loan(dune))
    with suppress(ZeroDivisionError):
        async with layer.transaction() as transaction:
            await transaction.delete(BOOK, (Book.title == "Dune").node)
            assert await transaction.count(LOAN, None) == 0
            raise ZeroDivisionError  # whatever goes wrong after the delete
    assert await found(layer, BOOK, "prequel_id", sort=["title"]) == [None, dune["id"]]
    assert await found(layer, LOAN, "reader") == ["ann"]


async def test_rows_hold_only_what_was_asked_for(layer: MemoryLayer) -> None:
    await given(layer, SHELF, shelf("a"))
    async with layer.snapshot_read() as reads:
        assert await reads.read(Selection(SHELF, ("name", "book_count"))) == [{"name": "a", "book_count": 0}]
