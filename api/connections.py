"""Connections of the API, none of which waits without end: for its client to send, or to take what is sent.

Uvicorn has a time for the pause between two requests alone. So whoever sent nothing, or half of a request, or never
read an answer, was kept for as long as it liked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from framework.errors import Failure, Invalid, Unavailable
from framework.rest.problems import problem_response
from framework.settings import Settings
from framework.telemetry import log
from framework.wire.failures import present

# What a client takes at least in the time that it has, unless there is less.
ENOUGH_BYTES = 64 * 1024
# The application tells a body that is late; only one that nobody reads is cut off by the connection.
BODY_GRACE_SECONDS = 2.0
# A client that does not close its end as well is not waited for when the process ends.
CLOSING_SECONDS = 0.5
POLICY_VIOLATION = 1008


@dataclass(frozen=True, slots=True)
class ConnectionBounds:
    """How many connections there are, how large the head of a request is, and seconds for its head, its body, and for
    a client to take some of what it is sent."""

    connections: int = 1000
    head_bytes: int = 64 * 1024
    head: float = 10.0
    body: float = 60.0
    stalled: float = 30.0

    @classmethod
    def of(cls, settings: Settings) -> ConnectionBounds:
        """As they are set."""
        return cls(
            settings.max_sockets,
            settings.max_head_bytes,
            settings.head_seconds,
            settings.body_seconds,
            settings.stalled_seconds,
        )


class Owed(StrEnum):
    """What of a request is still to come."""

    HEAD = "head"
    BODY = "body"


class Outgoing:
    """What waits for a client to take it."""

    def __init__(self, transport: asyncio.Transport, seconds: float) -> None:
        self._transport, self._seconds = transport, seconds
        self._since, self._waiting = 0.0, 0

    def moved(self) -> None:
        """The client has taken most of it."""
        self._waiting = 0

    def stalled(self, now: float) -> bool:
        """Whether it takes too little, looked at now and then."""
        waiting = self._transport.get_write_buffer_size()
        if not waiting or not self._waiting:
            self._since, self._waiting = now, waiting
            return False
        if now - self._since < self._seconds:
            return False
        taken, enough = self._waiting - waiting, min(ENOUGH_BYTES, self._waiting)
        self._since, self._waiting = now, waiting
        return taken < enough


class BoundedHttp(HttpToolsProtocol):
    """HTTP; `look` ends the connection that is overdue."""

    def __init__(self, bounds: ConnectionBounds, **made: Any) -> None:
        super().__init__(**made)
        self._bounds = bounds
        self._owed: Owed | None = None
        self._due = 0.0
        self._head_bytes = 0

    def connection_made(self, transport: Any) -> None:
        """Begins to wait for a request, or refuses to where there are too many."""
        super().connection_made(transport)
        self._outgoing = Outgoing(transport, self._bounds.stalled)
        self._await(Owed.HEAD, self._bounds.head)
        if len(self.connections) > self._bounds.connections:
            self._refuse(too_many(self._bounds.connections))

    def data_received(self, data: bytes) -> None:
        """Takes a part of a request; whatever comes after one is the beginning of another."""
        if self._owed is None:
            self._await(Owed.HEAD, self._bounds.head)
        super().data_received(data)
        if self._owed is Owed.HEAD:
            self._head_bytes += len(data)
            if self._head_bytes > self._bounds.head_bytes:
                self._refuse(head_too_large(self._bounds.head_bytes))

    def on_message_begin(self) -> None:
        """One after another in the same data, too."""
        super().on_message_begin()
        if self._owed is not Owed.HEAD:
            self._await(Owed.HEAD, self._bounds.head)

    def on_headers_complete(self) -> None:
        """The body is next."""
        self._await(Owed.BODY, self._bounds.body + BODY_GRACE_SECONDS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All of it is here."""
        self._owed = None
        super().on_message_complete()

    def resume_writing(self) -> None:
        """The client takes what it is sent."""
        super().resume_writing()
        self._outgoing.moved()

    def look(self, now: float) -> None:
        """Ends it where the client is overdue."""
        if self.transport.is_closing():
            # What was said last is still to be taken.
            self._owed = None
        if self._owed is not None and now >= self._due:
            self._end()
        elif self._outgoing.stalled(now):
            cut_off(self.transport, "answer")

    def _await(self, owed: Owed, seconds: float) -> None:
        self._owed, self._due, self._head_bytes = owed, self.loop.time() + seconds, 0

    def _end(self) -> None:
        if self._owed is Owed.HEAD and self._head_bytes:
            self._refuse(head_too_slow(self._bounds.head))
        elif self._owed is Owed.HEAD:
            # A browser opens some that it then does not need.
            self.transport.close()
        else:
            # An answer that is under way would be waited for, and it may have no end.
            cut_off(self.transport, str(self._owed))

    def _refuse(self, failure: Failure) -> None:
        """Says why and closes; there is no request yet that could be answered."""
        if self.transport.is_closing():
            return
        log.info("client.refused", code=failure.issues[0].code)
        self.transport.write(written(problem_response(present(failure), "/", headers={"Connection": "close"})))
        self.transport.close()


class BoundedWebSocket(WebSocketsSansIOProtocol):
    """WebSockets; `look` ends the connection that is overdue."""

    def __init__(self, bounds: ConnectionBounds, **made: Any) -> None:
        super().__init__(**made)
        self._bounds = bounds
        self._message_due: float | None = None

    def connection_made(self, transport: Any) -> None:
        """Begins to look at what waits."""
        super().connection_made(transport)
        self._outgoing = Outgoing(transport, self._bounds.stalled)

    def pause_writing(self) -> None:
        """A client that does not read is not listened to either: a ping is answered without asking."""
        super().pause_writing()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """The client takes what it is sent."""
        super().resume_writing()
        self._outgoing.moved()
        if not self.read_paused:
            self.transport.resume_reading()

    def shutdown(self) -> None:
        """Leaves it to the application to close, which comes to an end with what is under way."""
        self.close_timeout = CLOSING_SECONDS
        if self.close_sent or not self.handshake_complete:
            super().shutdown()

    def handle_text(self, event: Any) -> None:
        """A message, or its first part."""
        super().handle_text(event)
        self._begun(event)

    def handle_bytes(self, event: Any) -> None:
        """A message, or its first part."""
        super().handle_bytes(event)
        self._begun(event)

    def handle_cont(self, event: Any) -> None:
        """A further part of a message."""
        super().handle_cont(event)
        if event.fin:
            self._message_due = None

    def look(self, now: float) -> None:
        """Ends it where the client is overdue."""
        if self._message_due is not None and now >= self._message_due and not self.transport.is_closing():
            self._message_due = None
            self.conn.send_close(POLICY_VIOLATION, f"a message comes within {self._bounds.body:g} seconds")
            self.handle_parser_exception()
        elif self._outgoing.stalled(now):
            cut_off(self.transport, "answer")

    def _begun(self, event: Any) -> None:
        self._message_due = None if event.fin else self.loop.time() + self._bounds.body


def look_at(connections: Iterable[Any], now: float) -> None:
    """Ends those that are overdue."""
    for each in tuple(connections):
        if isinstance(each, BoundedHttp | BoundedWebSocket):
            each.look(now)


def cut_off(transport: asyncio.Transport, waiting_for: str) -> None:
    """Ends a connection at once, with what waits in it; there is nobody who could be told."""
    log.info("client.cut_off", waiting_for=waiting_for)
    transport.abort()


def written(response: Response) -> bytes:
    """A response as it is sent."""
    head = [b"HTTP/1.1 %d %b" % (response.status_code, HTTPStatus(response.status_code).phrase.encode())]
    head += [b"%b: %b" % each for each in response.raw_headers]
    return b"\r\n".join(head) + b"\r\n\r\n" + bytes(response.body)


def too_many(most: int) -> Failure:
    """There is no room for another connection."""
    hint = "try again in a moment; close connections that are not needed"
    return Unavailable(f"{most} connections are open already", code="too_many_sockets", hint=hint)


def head_too_slow(seconds: float) -> Failure:
    """The head of a request was begun and not ended."""
    return Invalid(f"the head of the request did not come within {seconds:g} seconds", code="head_too_slow")


def head_too_large(most: int) -> Failure:
    """The head of a request goes on and on."""
    says = f"the head of the request is larger than {most} bytes"
    return Invalid(says, code="head_too_large", params={"maximum": most}, hint="send long filters in a body of GraphQL")
