"""So many calls at once that take much memory."""

from __future__ import annotations

import asyncio

import pytest

from framework.errors import Unavailable
from framework.processes.heavy_calls import HeavyCalls
from framework.testing.until import PATIENCE


async def test_one_beyond_those_waits_for_its_turn() -> None:
    heavy, ends, begun = HeavyCalls(2, PATIENCE), asyncio.Event(), list[int]()

    async def call(number: int) -> None:
        async with heavy.one("import"):
            begun.append(number)
            await ends.wait()

    calls = [asyncio.ensure_future(call(number)) for number in range(3)]
    while len(begun) < 2:  # noqa: ASYNC110 - it is the loop itself that is to get on
        await asyncio.sleep(0)
    async with heavy.one("export"):
        assert begun == [0, 1]
    ends.set()
    await asyncio.gather(*calls)
    assert begun == [0, 1, 2]


async def test_one_that_has_no_turn_in_time_is_told_when_to_come_again() -> None:
    heavy = HeavyCalls(1, 0.0)
    async with heavy.one("import"):
        with pytest.raises(Unavailable) as caught:
            await heavy.one("import").__aenter__()
    (issue,) = caught.value.issues
    assert (issue.code, issue.params["most"], issue.params["retry_after"]) == ("process_busy", 1, 5)
    async with heavy.one("import"):
        pass


async def test_a_call_that_fails_gives_its_place_back() -> None:
    heavy = HeavyCalls(1, 0.0)
    for _ in range(2):
        with pytest.raises(OSError, match="no disk"):
            async with heavy.one("import"):
                raise OSError("no disk")
