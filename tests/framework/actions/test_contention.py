"""Many callers at one record, on PostgreSQL: a move of a state machine is made by one of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from framework.actions.engine import Engine
from framework.actions.query import Query
from framework.actions.request import Request
from framework.actions.session import Session
from framework.compiler.domain import Domain, compile_domain
from framework.data.refusals import gave_way, in_the_way, transaction_failed
from framework.errors import Conflict, NotFound
from framework.spec.action import ActionSpec
from framework.sql.engine import create_tables, open_layer
from tests.framework.actions.conftest import Folder, Heard, Note
from tests.framework.actions.guarded import BOATS, Boat, Calls
from tests.framework.actions.parcels import PARCELS, Meeting, Parcel

CALLERS = 50


@pytest.fixture
async def stored(fresh_database_url: str, heard: Heard) -> AsyncIterator[Session]:
    domain = compile_domain(Domain("notes", [Folder, Note]))
    async with open_layer(domain, fresh_database_url) as layer:
        await create_tables(layer)
        yield Engine(domain, layer, heard).session()


async def test_of_many_who_move_a_record_at_once_one_does(stored: Session, heard: Heard) -> None:
    note = await stored.create(Note.write, {"title": "a"})
    heard.outcomes.clear()
    ends = await asyncio.gather(*(stored.update(Note.send, note.id) for _ in range(CALLERS)), return_exceptions=True)
    refused = [end for end in ends if isinstance(end, Conflict)]
    assert [end.id for end in ends if isinstance(end, Note)] == [note.id]
    assert len(refused) == CALLERS - 1
    assert {failure.issues[0].code for failure in refused} == {"illegal_transition"}
    assert len(heard.outcomes) == 1


async def test_callers_that_read_the_record_first_follow_each_other(stored: Session) -> None:
    note = await stored.create(Note.write, {"title": "a"})
    await asyncio.gather(*(stored.update(Note.shout, note.id) for _ in range(10)))
    assert (await stored.get(Note, note.id)).title == "A"


async def not_again(session: Session, action: ActionSpec, requests: Sequence[Request]) -> None:
    """Performs the action in a transaction opened for it, which is not tried again when it gave way."""
    async with session.transaction() as inner:
        await inner.perform(action, requests)


async def test_bulk_updates_in_opposite_orders_follow_each_other(stored: Session) -> None:
    notes = await stored.create_all(Note.write, [{"title": str(number)} for number in range(3)])
    edit = stored.spec(Note.edit)

    async def change(caller: int) -> None:
        order = notes if caller % 2 else notes[::-1]
        await not_again(stored, edit, [Request({"size": caller * 10 + at}, note.id) for at, note in enumerate(order)])

    for _ in range(10):
        await asyncio.gather(*(change(caller) for caller in range(8)))
    sizes = sorted([note.size for note in await stored.read(Note.browse)])
    assert [size % 10 for size in sizes] == [0, 1, 2]
    assert len({size // 10 for size in sizes}) == 1


async def test_bulk_updates_that_take_several_statements_follow_each_other(stored: Session) -> None:
    notes = await stored.create_all(Note.write, [{"title": str(number)} for number in range(3)])
    values: list[dict[str, object]] = [{"size": 1}, {"rank": 2}, {"size": 3, "rank": 4}]
    requests = [Request(given, note.id) for given, note in zip(values, notes, strict=True)]
    edit = stored.spec(Note.edit)
    for _ in range(10):
        await asyncio.gather(*(not_again(stored, edit, requests[:: 1 if caller % 2 else -1]) for caller in range(8)))
    stored_now = await stored.find(stored.spec(Note.browse), [note.id for note in notes])
    assert [(note.size, note.rank) for note in stored_now] == [(1, None), (0, 2), (3, 4)]


async def test_one_of_two_that_wait_for_each_other_is_done_again(fresh_database_url: str) -> None:
    async with open_layer(PARCELS, fresh_database_url) as layer:
        await create_tables(layer)
        meeting = Meeting(asyncio.Barrier(2))
        session = Engine(PARCELS, layer, services={Meeting: meeting}).session()
        one, other = await session.create_all(
            Parcel.pack, [{"owner": "ann", "weight": 1}, {"owner": "bob", "weight": 2}]
        )
        await asyncio.gather(
            meeting.attended(session.update(Parcel.weigh_with, one.id, {"weight": 3, "other": other.id})),
            meeting.attended(session.update(Parcel.weigh_with, other.id, {"weight": 3, "other": one.id})),
        )
        assert {parcel.weight for parcel in await session.read(Parcel.browse)} == {3}
        # Each once, and the one that gave way once more.
        assert meeting.met == 3


async def test_who_opened_a_transaction_tries_it_again_or_not(fresh_database_url: str) -> None:
    async with open_layer(PARCELS, fresh_database_url) as layer:
        await create_tables(layer)
        session = Engine(PARCELS, layer, services={Meeting: Meeting(asyncio.Barrier(2))}).session()
        one, other = await session.create_all(
            Parcel.pack, [{"owner": "ann", "weight": 1}, {"owner": "bob", "weight": 2}]
        )

        async def within(mine: Parcel, theirs: Parcel) -> None:
            async with session.transaction() as inner:
                await inner.update(Parcel.weigh_with, mine.id, {"weight": 3, "other": theirs.id})

        ends = await asyncio.gather(within(one, other), within(other, one), return_exceptions=True)
        (failure,) = [end for end in ends if end is not None]
        assert isinstance(failure, Conflict)
        assert failure.issues[0].code == "retryable"


@pytest.mark.parametrize("query", [Query().locked(), Query().locked().loading(folder=Query())])
async def test_a_query_that_locks_is_asked_inside_a_transaction(stored: Session, query: Query) -> None:
    note = await stored.create(Note.write, {"title": "a"})
    with pytest.raises(LookupError, match="ask it inside"):
        await stored.read(Note.browse, query)
    with pytest.raises(LookupError, match="ask it inside"):
        await stored.get(Note, note.id, query)
    async with stored.transaction() as inner:
        assert (await inner.get(Note, note.id, query)).title == "a"


async def test_two_calls_about_the_same_records_in_other_orders_do_not_wait_in_a_circle(stored: Session) -> None:
    notes = await stored.create_all(Note.write, [{"title": str(number)} for number in range(20)])
    shout = stored.spec(Note.shout)
    orders = [notes, notes[::-1]] * 5
    done = await asyncio.gather(*(stored.perform(shout, [Request(id=note.id) for note in order]) for order in orders))
    assert [len(records) for records in done] == [20] * 10


async def test_what_a_verb_does_afterwards_is_done_again_and_the_verb_is_not(fresh_database_url: str) -> None:
    async with open_layer(BOATS, fresh_database_url) as layer:
        await create_tables(layer)
        meeting, calls = Meeting(asyncio.Barrier(2)), Calls([])
        session = Engine(BOATS, layer, services={Meeting: meeting, Calls: calls}).session()
        one, other = await session.create_all(Boat.build, [{"owner": "ann"}, {"owner": "bob"}])
        await asyncio.gather(
            meeting.attended(session.run(Boat.paint, {"other": other.id}, one.id)),
            meeting.attended(session.run(Boat.paint, {"other": one.id}, other.id)),
        )
        assert {boat.owner for boat in await session.read(Boat.browse)} == {"new"}
        assert (meeting.met, sorted(calls.seen)) == (3, sorted([one.id, other.id]))


def test_who_caught_that_a_transaction_gave_way_is_still_told_to_try_again() -> None:
    caught = transaction_failed(in_the_way("deadlock"))
    assert gave_way(caught)
    assert not gave_way(transaction_failed(NotFound("gone")))
