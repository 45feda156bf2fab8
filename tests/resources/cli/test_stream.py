"""A stream that is cut off, and taken up again."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.server import ServerConnection, serve

from framework.errors import Failure, Unavailable
from resources.cli import stream
from resources.cli.stream import follow

ITEMS = [{"cursor": str(number)} for number in range(5)]


class Peer:
    """Speaks the other end of `graphql-transport-ws`; it hangs up after every second item."""

    def __init__(self) -> None:
        self.begun: list[str | None] = []
        self.refuses = False

    async def answer(self, socket: ServerConnection) -> None:
        assert json.loads(await socket.recv()) == {"type": "connection_init"}
        await socket.send('{"type": "connection_ack"}')
        await socket.send('{"type": "ping"}')
        asked = [json.loads(await socket.recv()), json.loads(await socket.recv())]
        (subscribed,) = [each for each in asked if each["type"] == "subscribe"]
        assert {"type": "pong"} in asked
        if self.refuses:
            error = {"message": "there is no such thing", "extensions": {"code": "not_found"}}
            await socket.send(json.dumps({"type": "error", "id": "1", "payload": [error]}))
            return
        after = subscribed["payload"]["variables"]["after"]
        self.begun.append(after)
        rest = ITEMS[0 if after is None else int(after) + 1 :]
        for item in rest[:2]:
            await socket.send(json.dumps({"type": "next", "id": "1", "payload": {"data": {"field": item}}}))
        if len(rest) <= 2:
            await socket.send('{"type": "complete", "id": "1"}')


@pytest.fixture
async def peer() -> AsyncIterator[tuple[Peer, str]]:
    peer = Peer()
    async with serve(peer.answer, "127.0.0.1", 0, subprotocols=[stream.PROTOCOL]) as server:
        yield peer, f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


async def test_every_item_comes_once_and_in_order_over_lost_connections(peer: tuple[Peer, str]) -> None:
    other, url = peer
    assert [item async for item in follow(url, "subscription", {})] == ITEMS
    assert other.begun == [None, "1", "3"]


async def test_a_refusal_is_not_tried_again(peer: tuple[Peer, str]) -> None:
    other, url = peer
    other.refuses = True
    with pytest.raises(Failure) as refused:
        [item async for item in follow(url, "subscription", {})]
    assert refused.value.issues[0].code == "not_found"


async def test_where_nobody_answers_it_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "PAUSES", (0.0, 0.0))
    with pytest.raises(Unavailable, match=r"the stream from http://127\.0\.0\.1:9 is lost"):
        [item async for item in follow("http://127.0.0.1:9", "subscription", {})]
