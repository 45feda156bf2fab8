"""What happens together, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import pytest

from framework.data.protocols import Commit, Layer, Row, Transaction
from framework.data.selection import Lock, Selection
from framework.errors import Conflict, Failure
from framework.expr.build import Expr
from framework.expr.nodes import Call, Function
from framework.testing.contract.library import Loan
from framework.testing.contract.rows import BOOK, LOAN, SHELF, book, found, given, loan, shelf
from framework.testing.until import until


class Changed(Exception):
    """The caller thought better of it."""


class TransactingContract:
    """Commit, rollback, and what is seen meanwhile."""

    async def test_a_block_that_raises_leaves_nothing(self, layer: Layer) -> None:
        with pytest.raises(Changed):
            await _given_up(layer, [])
        assert await found(layer, SHELF, "name") == []

    @pytest.mark.parametrize("refused", [[shelf("a"), shelf("a")], [shelf("a\x00")]])
    async def test_who_caught_a_failure_is_told_that_the_transaction_has_failed(
        self, layer: Layer, refused: list[Row]
    ) -> None:
        for more in ([], [shelf("b")]):
            with pytest.raises(Failure) as caught:
                await _failure_caught(layer, refused, more)
            (issue,) = caught.value.issues
            assert issue.code == "transaction_failed"
            assert issue.message.startswith("the transaction has failed, so nothing more can be done in it: ")
            assert "session.savepoint()" in (issue.hint or "")
        assert await found(layer, SHELF, "name") == []

    async def test_what_failed_in_a_savepoint_is_undone_alone(self, layer: Layer) -> None:
        seen: list[str] = []

        async def tell() -> None:
            seen.append("told")

        async with layer.transaction() as transaction:
            await transaction.insert(SHELF, [shelf("a")])
            with suppress(Conflict):
                async with transaction.savepoint():
                    await transaction.insert(SHELF, [shelf("b")])
                    transaction.on_commit(tell)
                    await transaction.insert(SHELF, [shelf("a")])
            async with transaction.savepoint():
                await transaction.insert(SHELF, [shelf("c")])
        assert sorted(await found(layer, SHELF, "name")) == ["a", "c"]
        assert seen == []

    async def test_a_savepoint_within_another_fails_alone_too(self, layer: Layer) -> None:
        async with layer.transaction() as transaction, transaction.savepoint():
            await transaction.insert(SHELF, [shelf("a")])
            with suppress(Changed):
                async with transaction.savepoint():
                    await transaction.insert(SHELF, [shelf("b")])
                    raise Changed
        assert await found(layer, SHELF, "name") == ["a"]

    async def test_a_failure_caught_inside_of_a_savepoint_fails_the_savepoint(self, layer: Layer) -> None:
        async with layer.transaction() as transaction:
            with pytest.raises(Conflict, match="the transaction has failed"):
                await _failure_caught_in_savepoint(transaction)
            await transaction.insert(SHELF, [shelf("b")])
        assert await found(layer, SHELF, "name") == ["b"]

    async def test_a_transaction_sees_what_it_wrote_and_nobody_else_does(self, layer: Layer) -> None:
        async with layer.transaction() as transaction:
            await transaction.insert(SHELF, [shelf("a")])
            assert await transaction.count(SHELF, None) == 1
            assert await found(layer, SHELF, "name") == []
        assert await found(layer, SHELF, "name") == ["a"]

    async def test_what_is_committed_soon_is_seen_at_once(self, layer: Layer) -> None:
        async with layer.transaction(Commit.SOON) as transaction:
            await transaction.insert(SHELF, [shelf("a")])
        assert await found(layer, SHELF, "name") == ["a"]

    async def test_a_look_is_consistent_while_others_commit(self, layer: Layer) -> None:
        await given(layer, SHELF, shelf("a"))
        async with layer.snapshot_read() as reads:
            before = await reads.count(SHELF, None)
            await given(layer, SHELF, shelf("b"))
            assert await reads.count(SHELF, None) == before == 1

    async def test_an_effect_follows_the_commit(self, layer: Layer) -> None:
        seen: list[list[str]] = []

        async def look() -> None:
            seen.append(await found(layer, SHELF, "name"))

        async with layer.transaction() as transaction:
            transaction.on_commit(look)
            await transaction.insert(SHELF, [shelf("a")])
            assert seen == []
        assert seen == [["a"]]

    async def test_a_rolled_back_transaction_has_no_effect(self, layer: Layer) -> None:
        seen: list[str] = []
        with pytest.raises(Changed):
            await _given_up(layer, seen)
        assert seen == []

    async def test_an_effect_that_fails_harms_neither_the_commit_nor_the_next(self, layer: Layer) -> None:
        seen: list[str] = []

        async def fail() -> None:
            raise Changed

        async def tell() -> None:
            seen.append("told")

        async with layer.transaction() as transaction:
            transaction.on_commit(fail)
            transaction.on_commit(tell)
            await transaction.insert(SHELF, [shelf("a")])
        assert seen == ["told"]
        assert await found(layer, SHELF, "name") == ["a"]

    async def test_writers_wait_for_each_other_and_lose_nothing(self, layer: Layer) -> None:
        on = shelf()
        await given(layer, SHELF, on)
        (of,) = await given(layer, BOOK, book(on))
        await given(layer, LOAN, loan(of, days=0))

        async def add() -> None:
            async with layer.transaction() as transaction:
                (row,) = await transaction.read(Selection(LOAN, ("number", "days"), lock=Lock.UPDATE))
                await asyncio.sleep(0)
                await transaction.update(LOAN, (Loan.number == row["number"]).node, {"days": row["days"] + 1})

        await asyncio.gather(*(add() for _ in range(4)))
        assert await found(layer, LOAN, "days") == [4]

    async def test_a_transaction_is_numbered_and_settled_before_the_horizon(self, layer: Layer) -> None:
        await given(layer, SHELF, shelf("a"))
        async with layer.transaction() as transaction:
            mine = await _number(transaction)
            # While it runs nobody may count on it; once it is committed everybody does.
            assert not await _settled(layer, mine)
        # Others may write to the same server, and hold the horizon back for a moment.
        await until(lambda: _settled(layer, mine))

    async def test_a_silent_transaction_holds_nothing_back(self, layer: Layer) -> None:
        await given(layer, SHELF, shelf("there"))
        async with layer.transaction(Commit.SILENT) as transaction:
            assert transaction.commit is Commit.SILENT
            mine = await _number(transaction)
            await until(lambda: _settled(layer, mine))

    async def test_the_layer_answers(self, layer: Layer) -> None:
        await layer.ping()


async def _given_up(layer: Layer, seen: list[str]) -> None:
    """A transaction that writes, announces an effect, and raises."""

    async def tell() -> None:
        seen.append("told")

    async with layer.transaction() as transaction:
        await transaction.insert(SHELF, [shelf("a")])
        transaction.on_commit(tell)
        raise Changed


async def _failure_caught(layer: Layer, refused: Sequence[Row], more: Sequence[Row]) -> None:
    """A transaction that goes on after one of its writes has failed."""
    async with layer.transaction() as transaction:
        with suppress(Failure):
            await transaction.insert(SHELF, refused)
        for row in more:
            await transaction.insert(SHELF, [row])


async def _failure_caught_in_savepoint(transaction: Transaction) -> None:
    """A savepoint that comes to its end although one of its writes has failed."""
    async with transaction.savepoint():
        with suppress(Conflict):
            await transaction.insert(SHELF, [shelf("a"), shelf("a")])


async def _number(transaction: Transaction) -> int:
    """The number of the running transaction, as an update writes it."""
    on = shelf("number")
    await transaction.insert(SHELF, [on])
    (of,) = await transaction.insert(BOOK, [book(on)])
    (row,) = await transaction.insert(LOAN, [loan(of, days=Call(Function.TRANSACTION))])
    number: int = row["days"]
    return number


async def _settled(layer: Layer, number: int) -> bool:
    """Whether everything up to that transaction is settled for whoever looks now."""
    before: Expr[bool] = Expr(lambda: Call(Function.HORIZON)) > number
    async with layer.snapshot_read() as reads:
        return await reads.count(SHELF, before.node) == await reads.count(SHELF, None) > 0
