"""Results as Server-Sent Events: written as they come, and let go when nobody reads them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from framework.graphql.serving import event_stream
from framework.graphql.serving.event_stream import COMPLETE, HEARTBEAT, events_of
from framework.processes.stopping import Stopping
from framework.testing.until import PATIENCE


async def results(*texts: str, once: asyncio.Event | None = None) -> AsyncGenerator[str, None]:
    if once is not None:
        await once.wait()
    for text in texts:
        yield text


async def test_each_result_is_an_event_and_the_end_is_one_too() -> None:
    events = [event async for event in events_of(results("1", "2"), str.encode, Stopping())]
    assert events == [b"event: next\ndata: 1\n\n", b"event: next\ndata: 2\n\n", COMPLETE]


async def test_a_comment_keeps_a_silent_stream_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT_SECONDS", 0.01)
    silent = asyncio.Event()
    stream = events_of(results("1", once=silent), str.encode, Stopping())
    assert await anext(stream) == HEARTBEAT
    silent.set()
    later = [event async for event in stream]
    assert later[-2:] == [b"event: next\ndata: 1\n\n", COMPLETE]


async def test_what_is_followed_is_let_go_with_the_stream() -> None:
    followed, let_go = asyncio.Event(), asyncio.Event()

    async def endless() -> AsyncGenerator[str, None]:
        try:
            yield "1"
            followed.set()
            await asyncio.Event().wait()
        finally:
            let_go.set()

    async def read() -> None:
        async for _ in events_of(endless(), str.encode, Stopping()):
            pass

    reading = asyncio.create_task(read())
    await followed.wait()
    reading.cancel()
    await asyncio.wait({reading})
    assert let_go.is_set()


async def test_a_stream_ends_without_complete_when_the_process_is_to_end() -> None:
    stopping = Stopping()

    async def endless() -> AsyncGenerator[str, None]:
        yield "1"
        await asyncio.Event().wait()

    stream = events_of(endless(), str.encode, stopping)
    assert await anext(stream) == b"event: next\ndata: 1\n\n"
    stopping.announce()
    async with asyncio.timeout(PATIENCE):
        assert [event async for event in stream] == []
