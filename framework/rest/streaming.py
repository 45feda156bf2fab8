"""Events over HTTP as they happen: Server-Sent Events, each with the cursor to resume after."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from framework.actions.query import Query
from framework.actions.session import Session
from framework.errors import Failure, Unavailable
from framework.events.changes import Change, ChangesOf, open_changes
from framework.events.entry import Entry
from framework.events.feed import Feed
from framework.events.progress import ProgressOf, Report, open_progress
from framework.events.progress import progress_types as job_events
from framework.events.reading import Stream, existing_key
from framework.processes.stopping import Stopping
from framework.rest.endpoints import Endpoint
from framework.rest.parameters import Parameters, read_parameters
from framework.rest.problems import problem
from framework.rest.serving import Serving
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
    """Every write to the records that may be read, or to the one that `id` names."""
    given = read_parameters(request.query_params.multi_items(), PARAMETERS)
    wanted = ChangesOf(endpoint.resource, Query().selecting(endpoint.resource.key.name), given.one("id"))
    session = serving.sessions(request)
    stream = await open_changes(session, _feed(serving), wanted, _last_seen(given, request))
    return _streamed(stream, _stopping(session), instance=request.scope["path"])


async def stream_progress(serving: Serving, endpoint: Endpoint, request: Request) -> Response:
    """Everything the jobs of one record report, from the first report to their end; 204 when that was told before.

    A browser connects anew whenever a stream ends, and stops only at a 204.
    """
    given = read_parameters(request.query_params.multi_items(), PARAMETERS[:1])
    session, feed = serving.sessions(request), _feed(serving)
    key = await existing_key(session, endpoint.resource, request.path_params["id"])
    wanted = ProgressOf(endpoint.resource, key, progress_types(endpoint.resource))
    stream = await open_progress(session, feed, wanted, _last_seen(given, request))
    if stream is None:
        return Response(status_code=204)
    return _streamed(stream, _stopping(session), instance=request.scope["path"])


def progress_types(spec: ResourceSpec) -> frozenset[str]:
    """The events that the jobs of the resource leave while they run, and at their end."""
    jobs = (action for action in spec.actions.values() if action.job is not None and action.job.progress is not None)
    return frozenset().union(*(job_events(job) for job in jobs))


def _feed(serving: Serving) -> Feed:
    if serving.feed is None:
        raise Unavailable("there is no feed of events here", code="no_feed")
    return serving.feed


def _stopping(session: Session) -> Stopping:
    """The sign that this process is to end; one that is never shown where nobody has any."""
    stopping: Stopping = session.services.get(Stopping, Stopping())
    return stopping


def _last_seen(given: Parameters, request: Request) -> str | None:
    """The last cursor seen; a reconnecting browser sends it as a header, which is newer than the address."""
    return request.headers.get("last-event-id") or given.one("after")


def _streamed(stream: Stream[Change] | Stream[Report], stopping: Stopping, *, instance: str) -> Response:
    """What was granted, as a response; what the client does next comes after the cursor that is sent first."""
    messages = _messages(_entries(stream.items), stream.start, stopping, instance=instance)
    return StreamingResponse(messages, headers=HEADERS, media_type="text/event-stream")


async def _entries(items: AsyncGenerator[Change | Report, None]) -> AsyncGenerator[Entry, None]:
    """The events that hold them."""
    async with contextlib.aclosing(items):
        async for item in items:
            yield item.entry


async def _messages(
    entries: AsyncGenerator[Entry, None], start: str, stopping: Stopping, *, instance: str
) -> AsyncGenerator[bytes, None]:
    """Each entry as a message, a comment when nothing happens for a while, and the problem that ends it.

    It ends, too, when the process is to end: the client connects anew, and goes on after what it has seen last.
    """
    upcoming: asyncio.Task[Entry] | None = None
    ending = asyncio.create_task(stopping.announced())
    try:
        yield b"retry: 2000\nid: %b\n\n" % start.encode()
        while True:
            upcoming = upcoming or asyncio.create_task(anext(entries))
            await asyncio.wait((upcoming, ending), timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not upcoming.done():
                if ending.done():
                    return
                yield HEARTBEAT
                continue
            entry, upcoming = upcoming.result(), None
            yield message(entry)
    except StopAsyncIteration:
        return
    except Failure as failure:
        yield b"event: problem\ndata: " + write_json(problem(present(failure), instance)) + b"\n\n"
    finally:
        ending.cancel()
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
