"""Events over HTTP as they happen: Server-Sent Events, each with the cursor to resume after."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from framework.errors import Failure, Invalid, Unavailable
from framework.events.entry import Entry, Interest
from framework.events.place import Place
from framework.events.progress import ENDED
from framework.events.progress import progress_types as job_events
from framework.naming import event_type
from framework.rest.endpoints import Endpoint, reader_of
from framework.rest.parameters import Parameters, read_parameters
from framework.rest.problems import problem
from framework.rest.serving import Serving, not_found
from framework.spec.resource import ResourceSpec
from framework.wire.failures import present

HEARTBEAT_SECONDS = 15.0
HEARTBEAT = b": still here\n\n"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
PARAMETERS = ("after", "id")


async def stream_changes(serving: Serving, endpoint: Endpoint, request: Request) -> Response:
    """Every write to the resource, or to the record that `id` names."""
    given = read_parameters(request.query_params.multi_items(), PARAMETERS)
    text = given.one("id")
    key = None if text is None else _key(endpoint, text)
    return await _streamed(serving, Interest(change_types(endpoint.resource), key), given, request)


async def stream_progress(serving: Serving, endpoint: Endpoint, request: Request) -> Response:
    """Everything the jobs of one record report, from the first report, up to the end of one."""
    given = read_parameters(request.query_params.multi_items(), PARAMETERS[:1])
    key, reader = _key(endpoint, request.path_params["id"]), reader_of(endpoint.resource)
    if reader is not None and await serving.sessions(request).find(reader, [key]) == [None]:
        raise not_found(endpoint, key)
    return await _streamed(serving, Interest(progress_types(endpoint.resource), key), given, request, str(Place()))


def change_types(spec: ResourceSpec) -> frozenset[str]:
    """The events that every write to the resource leaves, whoever may ask for that write."""
    return frozenset(event_type(spec.name, action.name) for action in spec.actions.values() if action.writes)


def progress_types(spec: ResourceSpec) -> frozenset[str]:
    """The events that the jobs of the resource leave while they run, and at their end."""
    jobs = (action for action in spec.actions.values() if action.job is not None and action.job.progress is not None)
    return frozenset().union(*(job_events(job) for job in jobs))


def _key(endpoint: Endpoint, text: str) -> str:
    """A record's key as events name it."""
    key, issues = endpoint.resource.key.type.cast(text, ("id",))
    if issues:
        raise Invalid.of(issues)
    return str(key)


async def _streamed(
    serving: Serving, interest: Interest, given: Parameters, request: Request, begin: str | None = None
) -> Response:
    """The stream after the last cursor seen; a reconnecting browser sends that as a header, newer than the address."""
    if serving.feed is None:
        raise Unavailable("there is no feed of events here", code="no_feed")
    after = request.headers.get("last-event-id") or given.one("after")
    # Known before the first byte is sent: what the client does next comes after it.
    start = str(Place.of(after)) if after is not None else begin or await serving.feed.end()
    messages = _messages(serving.feed.subscribe(interest, start), start, instance=request.url.path)
    return StreamingResponse(messages, headers=HEADERS, media_type="text/event-stream")


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
            if entry.type.endswith(f".{ENDED}"):
                return
    except StopAsyncIteration:
        return
    except Failure as failure:
        yield b"event: problem\ndata: " + orjson.dumps(problem(present(failure), instance)) + b"\n\n"
    finally:
        if upcoming is not None:
            upcoming.cancel()
            with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration, Failure):
                await upcoming
        await entries.aclose()


def message(entry: Entry) -> bytes:
    """One event as the protocol writes it; JSON holds no line break, so one `data` line is enough."""
    data = orjson.dumps(
        {
            "type": entry.type,
            "target_type": entry.target_type,
            "target_id": entry.target_id,
            "at": entry.at,
            "data": dict(entry.data),
        },
        option=orjson.OPT_UTC_Z,
    )
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (entry.cursor.encode(), entry.type.encode(), data)
