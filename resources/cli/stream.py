"""A subscription over `graphql-transport-ws` that is taken up again where it was cut off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from framework.errors import Failure, Issue, Unauthenticated, Unavailable

PROTOCOL = Subprotocol("graphql-transport-ws")
PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 5.0, 5.0, 5.0)
# How the protocol closes the connection of whoever is not let in.
FORBIDDEN = 4403
NONE: Mapping[str, str] = {}
Entry = Mapping[str, Any]


async def follow(
    url: str, document: str, variables: Mapping[str, Any], *, headers: Mapping[str, str] = NONE
) -> AsyncIterator[Entry]:
    """Every item of the document's one field. After a lost connection it goes on behind the last one's cursor.

    Raises Unauthenticated where the server does not know who asks.
    """
    after: str | None = None
    lost = 0
    while True:
        try:
            async for entry in _connection(url, document, {**variables, "after": after}, headers):
                after, lost = entry["cursor"], 0
                yield entry
            return
        except (OSError, WebSocketException) as error:
            if isinstance(error, ConnectionClosed) and error.rcvd is not None and error.rcvd.code == FORBIDDEN:
                raise Unauthenticated(hint="set DSPEX_API_KEY to a key of this installation") from None
            if lost == len(PAUSES):
                raise Unavailable(f"the stream from {url} is lost: {error!r}", code="no_answer") from None
            await asyncio.sleep(PAUSES[lost])
            lost += 1


async def _connection(
    url: str, document: str, variables: Mapping[str, Any], headers: Mapping[str, str]
) -> AsyncIterator[Entry]:
    address = "ws" + url.removeprefix("http")
    async with connect(
        address, subprotocols=[PROTOCOL], additional_headers=headers, proxy=None, open_timeout=10
    ) as socket:
        await _send(socket, type="connection_init")
        async for said in socket:
            message = orjson.loads(said)
            match message["type"]:
                case "connection_ack":
                    payload = {"query": document, "variables": variables}
                    await _send(socket, type="subscribe", id="1", payload=payload)
                case "ping":
                    await _send(socket, type="pong")
                case "next":
                    yield _entry(message["payload"])
                case "error":
                    raise _failure(message["payload"])
                case "complete":
                    return
    raise ConnectionError("the server hung up before the end")


async def _send(socket: ClientConnection, **message: Any) -> None:
    await socket.send(orjson.dumps(message).decode())


def _entry(payload: Mapping[str, Any]) -> Entry:
    if payload.get("errors"):
        raise _failure(payload["errors"])
    (entry,) = payload["data"].values()
    found: Entry = entry
    return found


def _failure(errors: Any) -> Failure:
    return Failure.of(Issue(error.get("extensions", {}).get("code", "refused"), error["message"]) for error in errors)
