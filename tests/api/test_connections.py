"""Sockets that send nothing, half of something, or never read: each is ended in its time, and holds up nobody else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, cast

import orjson
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.connections import Outgoing
from api.serve import Server, configured
from framework.processes.stopping import Stopping
from framework.rest.body_limit import BodyLimit
from framework.rest.problems import problem_response
from framework.settings import load_settings
from framework.testing.logged import logged
from framework.testing.until import until
from framework.wire.failures import present

# Much beyond what a kernel keeps for a client that does not read.
PIECE = b"x" * 100_000
ENDED: set[str] = set()
SOON = {"head_seconds": 0.3, "body_seconds": 0.3, "stalled_seconds": 0.3}


@dataclass(frozen=True, slots=True)
class Client:
    """A raw socket."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Something of a request."""
        self.writer.write(data)
        await self.writer.drain()

    def read_nothing(self) -> None:
        """From now on what comes stays where it is."""
        self.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a transport both ways

    async def rest(self) -> bytes:
        """All that comes until the server closes."""
        found = b""
        try:
            while more := await asyncio.wait_for(self.reader.read(65536), 30):
                found += more
        except ConnectionResetError:
            pass
        return found


async def echo(request: Request) -> Response:
    """What was sent."""
    try:
        return Response(await request.body())
    except Exception as error:  # noqa: BLE001 - as our routes do
        return problem_response(present(error), "/echo")


async def endless(request: Request) -> Response:
    """More than anybody reads."""

    async def pieces() -> AsyncIterator[bytes]:
        try:
            while True:
                yield PIECE
                await asyncio.sleep(0)
        finally:
            ENDED.add("endless")

    return StreamingResponse(pieces())


async def quiet(request: Request) -> Response:
    """A stream in which nothing happens."""

    async def pieces() -> AsyncIterator[bytes]:
        try:
            yield b"begun"
            await asyncio.Event().wait()
        finally:
            ENDED.add("quiet")

    return StreamingResponse(pieces())


async def talkative(ws: WebSocket) -> None:
    """Sends for as long as it can."""
    await ws.accept()
    try:
        while True:
            await ws.send_bytes(PIECE)
    except WebSocketDisconnect:
        ENDED.add("talkative")


async def listening(ws: WebSocket) -> None:
    """Says what it hears."""
    await ws.accept()
    async for heard in ws.iter_text():
        await ws.send_text(heard)


APP = Starlette(
    routes=[
        Route("/echo", echo, methods=["GET", "POST"]),
        Route("/endless", endless),
        Route("/quiet", quiet),
        WebSocketRoute("/talkative", talkative),
        WebSocketRoute("/listening", listening),
    ]
)


@asynccontextmanager
async def served(**bounds: Any) -> AsyncIterator[Callable[[], Any]]:
    """How to connect to a server with these bounds."""
    settings = load_settings(port=0, **bounds)
    config = configured(BodyLimit(APP, settings.max_body_bytes, settings.body_seconds), settings)
    config.lifespan = "off"
    server = Server(config, Stopping())
    with socket.create_server(("127.0.0.1", 0)) as listening_at:
        serving = asyncio.create_task(uvicorn.Server._serve(server, [listening_at]))
        address = listening_at.getsockname()
        async with AsyncExitStack() as open_ones:

            async def connect() -> Client:
                reader, writer = await asyncio.open_connection(*address)
                open_ones.push_async_callback(let_go, writer)
                return Client(reader, writer)

            await until(lambda: server.started)
            yield connect
        server.should_exit = True
        await serving


async def let_go(writer: asyncio.StreamWriter) -> None:
    """Leaves, whatever is under way."""
    writer.transport.abort()
    with suppress(OSError):
        await writer.wait_closed()


async def answered(client: Client) -> bytes:
    """What a whole request is answered."""
    await client.send(b"GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    return await client.rest()


def problem_of(answer: bytes) -> tuple[int, str]:
    """The status and code of a problem."""
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), str(orjson.loads(body)["code"])


async def test_200_sockets_that_send_nothing_stop_nobody_and_are_closed() -> None:
    async with served(**SOON) as connect:
        silent = [await connect() for _ in range(200)]
        assert (await answered(await connect())).startswith(b"HTTP/1.1 200 OK")
        assert {await each.rest() for each in silent} == {b""}


@pytest.mark.parametrize("begun", [b"G", b"GET /echo HTTP/1.1\r\nHost: localhost\r\n", b"\r\n"])
async def test_a_head_that_does_not_come_to_its_end_is_told_so(begun: bytes) -> None:
    async with served(**SOON) as connect:
        client = await connect()
        await client.send(begun)
        assert problem_of(await client.rest()) == (408, "head_too_slow")


async def test_a_head_in_drops_has_no_more_time_than_another() -> None:
    async with served(**SOON) as connect:
        client = await connect()
        await answered_and_open(client)
        dropping = asyncio.create_task(drops(client, b"\r\n"))
        assert problem_of(await client.rest()) == (408, "head_too_slow")
        dropping.cancel()
        await asyncio.gather(dropping, return_exceptions=True)


async def answered_and_open(client: Client) -> None:
    """One request, after which the connection stays."""
    await client.send(b"GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await client.reader.readuntil(b"content-length: 0\r\n\r\n")


async def drops(client: Client, drop: bytes) -> None:
    """A little, again and again."""
    while True:
        await client.send(drop)
        await asyncio.sleep(0.05)


async def test_a_head_without_end_is_refused() -> None:
    async with served(max_head_bytes=10_000) as connect:
        client = await connect()
        await client.send(b"GET /echo HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 20_000)
        assert problem_of(await client.rest()) == (431, "head_too_large")


async def test_half_a_body_is_told_so() -> None:
    async with served(**SOON) as connect:
        client = await connect()
        await client.send(b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf")
        assert problem_of(await client.rest()) == (408, "body_too_slow")


async def test_a_body_that_nobody_reads_keeps_no_connection() -> None:
    async with served(**SOON) as connect:
        client = await connect()
        ENDED.clear()
        with logged() as lines:
            await client.send(b"GET /quiet HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf")
            assert b"begun" in await client.rest()
            await until(lambda: "quiet" in ENDED)
    assert lines == []


@pytest.mark.parametrize("name", ["endless", "talkative"])
async def test_a_socket_that_never_reads_is_cut_off_and_what_fed_it_ends(name: str) -> None:
    asked = upgrade("/talkative") if name == "talkative" else b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n"
    ENDED.clear()
    with logged("info") as lines:
        async with served(**SOON) as connect:
            client = await connect()
            await client.send(asked)
            client.read_nothing()
            await until(lambda: name in ENDED)
    assert ("client.cut_off", "answer") in {(line["event"], line.get("waiting_for")) for line in lines}
    assert [line for line in lines if line["level"] in ("error", "critical")] == []


def test_a_client_that_takes_some_of_much_in_its_time_is_not_cut_off() -> None:
    waiting = Waiting()
    outgoing = Outgoing(cast("asyncio.Transport", waiting), 30.0)
    looks = [(0, 0), (1, 900_000), (31, 800_000), (61, 700_000), (91, 0), (92, 5_000), (121, 5_000), (123, 5_000)]
    found = []
    for now, waiting.size in looks:
        found.append(outgoing.stalled(now))
    assert found == [False] * 7 + [True]
    # What is refilled as fast as it is taken is no stall.
    outgoing.moved()
    assert [outgoing.stalled(now) for now in (124, 150, 155)] == [False, False, True]


@dataclass(slots=True)
class Waiting:
    """How much waits to be taken."""

    size: int = 0

    def get_write_buffer_size(self) -> int:
        """It."""
        return self.size


async def test_more_sockets_than_may_be_are_told_so() -> None:
    async with served(max_sockets=2) as connect:
        first, _ = await connect(), await connect()
        await until(lambda: True)
        third = await connect()
        answer = await third.rest()
        assert (problem_of(answer), b"retry-after" in answer.lower()) == ((503, "too_many_sockets"), True)
        assert (await answered(first)).startswith(b"HTTP/1.1 200 OK")


def upgrade(path: str) -> bytes:
    """The request for a WebSocket."""
    said = {
        "Host": "localhost",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    }
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def frame(opcode: int, data: bytes, *, final: bool = True) -> bytes:
    """A short message of a client, or a part of one."""
    return bytes([opcode | (0x80 if final else 0), 0x80 | len(data)]) + bytes(4) + data


async def test_half_a_message_of_a_websocket_closes_it_with_a_reason() -> None:
    async with served(**SOON) as connect:
        client = await connect()
        await client.send(upgrade("/listening"))
        await client.reader.readuntil(b"\r\n\r\n")
        await client.send(frame(1, b"whole"))
        assert await client.reader.readexactly(7) == b"\x81\x05whole"
        await client.send(frame(1, b"half", final=False))
        assert (await client.rest())[2:] == (1008).to_bytes(2, "big") + b"a message comes within 0.3 seconds"


async def test_pings_of_a_client_that_never_reads_pile_up_nowhere() -> None:
    async with served(**SOON) as connect:
        client = await connect()
        await client.send(upgrade("/listening"))
        await client.reader.readuntil(b"\r\n\r\n")
        client.read_nothing()
        # Ends only because the server neither reads on nor keeps the connection.
        with pytest.raises(ConnectionError):
            await drops(client, frame(9, b"x" * 125) * 1000)
