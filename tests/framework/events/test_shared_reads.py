"""Reads that are shared by all who ask for them before they begin."""

from __future__ import annotations

import asyncio

import pytest

from framework.events.shared_reads import SharedReads


class Clock:
    """Tells how often it was looked at; a look takes until it is let go on."""

    def __init__(self) -> None:
        self.looks = 0
        self.begun, self.goes_on = asyncio.Event(), asyncio.Event()

    async def look(self) -> int:
        self.looks += 1
        self.begun.set()
        seen = self.looks
        await self.goes_on.wait()
        return seen


async def begun(reads: SharedReads, clock: Clock, *wanted: object) -> list[asyncio.Task[int]]:
    """Those who ask, at a moment at which what they asked for has begun."""
    asking = [asyncio.create_task(reads.get("time", each, clock.look)) for each in wanted]
    clock.begun.clear()
    await clock.begun.wait()
    return asking


async def test_all_who_ask_before_it_begins_share_one() -> None:
    clock = Clock()
    asking = await begun(SharedReads(), clock, ["now"], ["now"], ["now"])
    clock.goes_on.set()
    assert await asyncio.gather(*asking) == [1, 1, 1]


async def test_whoever_asks_once_it_has_begun_is_given_another() -> None:
    reads, clock = SharedReads(), Clock()
    asking = [*await begun(reads, clock, ["now"]), *await begun(reads, clock, ["now"])]
    clock.goes_on.set()
    assert await asyncio.gather(*asking) == [1, 2]


async def test_what_differs_is_read_for_itself() -> None:
    clock = Clock()
    asking = await begun(SharedReads(), clock, ["here"], ["there"])
    clock.goes_on.set()
    assert await asyncio.gather(*asking) == [1, 2]


async def test_one_who_leaves_takes_nothing_from_the_others() -> None:
    clock = Clock()
    first, second = await begun(SharedReads(), clock, ["now"], ["now"])
    first.cancel()
    clock.goes_on.set()
    assert await second == 1
    assert clock.looks == 1


async def test_a_failure_is_raised_to_all() -> None:
    async def fail() -> int:
        raise LookupError("no clock")

    reads = SharedReads()
    asking = [asyncio.create_task(reads.get("time", None, fail)) for _ in range(2)]
    assert [type(each) for each in await asyncio.gather(*asking, return_exceptions=True)] == [LookupError, LookupError]
    with pytest.raises(LookupError):
        await reads.get("time", None, fail)
