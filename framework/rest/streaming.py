"""Events over HTTP as they happen: Server-Sent Events, each with the cursor to resume after."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from framework.errors import Failure, Invalid, Unavailable
from framework.events.entry import Entry, Interest
from framework.events.feed import Feed
from framework.events.place import Place
from framework.events.progress import Report, follow, has_ended
from framework.events.progress import progress_types as job_events
from framework.events.reading import readable
from framework.naming import event_type
from framework.rest.endpoints import Endpoint, reader_of
from framework.rest.parameters import Parameters, read_parameters
from framework.rest.problems import problem
from framework.rest.serving import Serving, not_found
from framework.spec.resource import ResourceSpec
from framework.types.json_text import write_json
from framework.types.type import Kind, Type
from framework.wire.dump import dump_value
from framework.wire.failures import present

HEARTBEAT_SECONDS = 15.0
HEARTBEAT = b": still here\n\n"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
PARAMETERS = ("after", "id")
MOMENT = Type(Kind.DATETIME, datetime)


async def stream_changes(serving: Serving, endpoint: Endpoint, request: Request) -> Response:
    """Every write to the resource, or to the record that `id` names."""
    given = read_parameters(request.query_params.multi_items(), PARAMETERS)
    text, feed = given.one("id"), _feed(serving)
    key = None if text is None else await _existing(serving, endpoint, request, text=text)
    interest = Interest(change_types(endpoint.resource), key)
    # Known before the first byte is sent: what the client does next comes after it.
    start = await _last_seen(given, request, feed) or await feed.end()
    entries = readable(serving.sessions(request), feed, interest, start)
    return _streamed(_messages(entries, start, instance=request.scope["path"]))


async def stream_progress(serving: Serving, endpoint: Endpoint, request: Request) -> Response:
    """Everything the jobs of one record report, from the first report to their end; 204 when that was told before.

    A browser connects anew whenever a stream ends, and stops only at a 204.
    """
    given = read_parameters(request.query_params.multi_items(), PARAMETERS[:1])
    key, feed = await _existing(serving, endpoint, request, text=request.path_params["id"]), _feed(serving)
    interest, after = Interest(progress_types(endpoint.resource), key), await _last_seen(given, request, feed)
    if await has_ended(feed, interest, after):
        return Response(status_code=204)
    entries = _entries(follow(serving.sessions(request), feed, interest, after))
    return _streamed(_messages(entries, after or str(Place()), instance=request.scope["path"]))


def change_types(spec: ResourceSpec) -> frozenset[str]:
    """The events that every write to the resource leaves, whoever may ask for that write."""
    return frozenset(event_type(spec.name, action.name) for action in spec.actions.values() if action.writes)


def progress_types(spec: ResourceSpec) -> frozenset[str]:
    """The events that the jobs of the resource leave while they run, and at their end."""
    jobs = (action for action in spec.actions.values() if action.job is not None and action.job.progress is not None)
    return frozenset().union(*(job_events(job) for job in jobs))


async def _existing(serving: Serving, endpoint: Endpoint, request: Request, *, text: str) -> str:
    """A record's key as events name it; raises NotFound where there is none that can be read."""
    key, issues = endpoint.resource.key.type.cast_text(text, ("id",))
    if issues:
        raise Invalid.of(issues)
    reader = reader_of(endpoint.resource)
    if reader is not None and await serving.sessions(request).find(reader, [key]) == [None]:
        raise not_found(endpoint, key)
    return str(key)


def _feed(serving: Serving) -> Feed:
    if serving.feed is None:
        raise Unavailable("there is no feed of events here", code="no_feed")
    return serving.feed


async def _last_seen(given: Parameters, request: Request, feed: Feed) -> str | None:
    """The last cursor seen; a reconnecting browser sends it as a header, which is newer than the address."""
    after = request.headers.get("last-event-id") or given.one("after")
    return None if after is None else str(await feed.reached(after))


def _streamed(messages: AsyncGenerator[bytes, None]) -> Response:
    return StreamingResponse(messages, headers=HEADERS, media_type="text/event-stream")


async def _entries(reports: AsyncGenerator[Report, None]) -> AsyncGenerator[Entry, None]:
    """The events that hold the reports of a job."""
    async with contextlib.aclosing(reports) as following:
        async for report in following:
            yield report.entry


async def _messages(entries: AsyncGenerator[Entry, None], start: str, *, instance: str) -> AsyncGenerator[bytes, None]:
    """Each entry as a message, a comment when nothing happens for a while, and the problem that ends it."""
    upcoming: asyncio.Task[Entry] | None = None
    try:
        yield b"retry: 2000\nid: %b\n\n" % start.encode()
        while True:
            upcoming = upcoming or asyncio.create_task(anext(entries))
            done, _ = await asyncio.wait((upcoming,), timeout=HEARTBEAT_SECONDS)
            if not done:
                yield HEARTBEAT
                continue
            entry, upcoming = upcoming.result(), None
            yield message(entry)
    except StopAsyncIteration:
        return
    except Failure as failure:
        yield b"event: problem\ndata: " + write_json(problem(present(failure), instance)) + b"\n\n"
    finally:
        if upcoming is not None:
            upcoming.cancel()
            with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration, Failure):
                await upcoming
        await entries.aclose()


def message(entry: Entry) -> bytes:
    """One event as the protocol writes it; JSON holds no line break, so one `data` line is enough."""
    data = write_json(
        {
            "type": entry.type,
            "target_type": entry.target_type,
            "target_id": entry.target_id,
            "at": dump_value(entry.at, MOMENT),
            "data": dict(entry.data),
        }
    )
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (entry.cursor.encode(), entry.type.encode(), data)
