"""Results of an operation as Server-Sent Events, as graphql-sse writes them: `next` for each, and `complete`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

from framework.processes.stopping import Stopping

HEARTBEAT_SECONDS = 15.0
HEARTBEAT = b": still here\n\n"
# A browser passes over events without data.
COMPLETE = b"event: complete\ndata:\n\n"
HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}


async def events_of(
    results: AsyncGenerator[Any, None], written: Callable[[Any], bytes], stopping: Stopping
) -> AsyncIterator[bytes]:
    """Each result as an event (JSON holds no line break), and a comment where nothing happens for a while.

    It ends without `complete` when the process is to end: there is more to tell, which the client resumes elsewhere.
    """
    upcoming: asyncio.Task[Any] | None = None
    ending = asyncio.create_task(stopping.announced())
    try:
        while True:
            upcoming = upcoming or asyncio.ensure_future(anext(results))
            await asyncio.wait((upcoming, ending), timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not upcoming.done():
                if ending.done():
                    return
                yield HEARTBEAT
                continue
            result, upcoming = upcoming.result(), None
            yield b"event: next\ndata: %b\n\n" % written(result)
    except StopAsyncIteration:
        yield COMPLETE
    finally:
        ending.cancel()
        if upcoming is not None:
            upcoming.cancel()
            with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
                await upcoming
        await results.aclose()
