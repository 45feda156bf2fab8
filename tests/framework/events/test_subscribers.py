"""Handing events to many: who wants none is not woken, and who wants all leaves others their turn."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from itertools import pairwise

from framework.events.entry import Entry, Interest
from framework.events.log_position import LogPosition
from framework.events.subscribers import AT_ONCE, Subscriber, Subscribers

PAGE = 500


def entry(number: int, kind: str = "note.write", about: str = "1") -> Entry:
    return Entry(LogPosition(1, number), kind, "Note", about, {}, datetime.now(UTC), {})


def subscriber(about: str | None = None, *kinds: str) -> Subscriber:
    return Subscriber(Interest(frozenset(kinds or {"note.write"}), about), asyncio.Queue(PAGE))


def told(each: Subscriber) -> list[int]:
    return [each.buffer.get_nowait().position.seq for _ in range(each.buffer.qsize())]


async def test_each_is_told_what_it_wants_in_order_and_who_wants_none_is_not_woken() -> None:
    everything, one, other = subscriber(None, "note.write", "note.edit"), subscriber("1"), subscriber("2")
    among = Subscribers()
    for each in (everything, one, other):
        among.add(each)
    await among.tell([entry(1), entry(2, "note.edit"), entry(3, "note.remove"), entry(4)])
    assert [told(each) for each in (everything, one, other)] == [[1, 2, 4], [1, 4], []]
    assert [each.news.is_set() for each in (everything, one, other)] == [True, True, False]


async def test_one_that_left_is_told_nothing_more_and_leaves_nothing_behind() -> None:
    among, one = Subscribers(), subscriber("1")
    among.add(one)
    among.remove(one)
    await among.tell([entry(1)])
    assert (len(among), told(one), among._wanting) == (0, [], {})


async def test_a_page_for_many_leaves_the_loop_to_others_in_between() -> None:
    among, everybody = Subscribers(), [subscriber() for _ in range(20)]
    for each in everybody:
        among.add(each)
    turns = [0]

    async def others() -> None:
        while True:
            await asyncio.sleep(0)
            turns.append(sum(each.buffer.qsize() for each in everybody))

    beside = asyncio.create_task(others())
    await asyncio.sleep(0)
    await among.tell([entry(number) for number in range(PAGE)])
    beside.cancel()
    turns.append(sum(each.buffer.qsize() for each in everybody))
    assert turns[-1] == len(everybody) * PAGE
    assert max(later - earlier for earlier, later in pairwise(turns)) <= AT_ONCE
