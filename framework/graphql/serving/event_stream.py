"""Results of an operation as Server-Sent Events, as graphql-sse writes them: `next` for each, and `complete`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

HEARTBEAT_SECONDS = 15.0
HEARTBEAT = b": still here\n\n"
# A browser passes over events without data.
COMPLETE = b"event: complete\ndata:\n\n"
HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}


async def events_of(results: AsyncGenerator[Any, None], written: Callable[[Any], bytes]) -> AsyncIterator[bytes]:
    """Each result as an event (JSON holds no line break), and a comment where nothing happens for a while."""
    upcoming: asyncio.Task[Any] | None = None
    try:
        while True:
            upcoming = upcoming or asyncio.ensure_future(anext(results))
            done, _ = await asyncio.wait((upcoming,), timeout=HEARTBEAT_SECONDS)
            if not done:
                yield HEARTBEAT
                continue
            result, upcoming = upcoming.result(), None
            yield b"event: next\ndata: %b\n\n" % written(result)
    except StopAsyncIteration:
        yield COMPLETE
    finally:
        if upcoming is not None:
            upcoming.cancel()
            with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
                await upcoming
        await results.aclose()
