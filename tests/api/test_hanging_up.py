"""Clients that go away while they still send, or wait: nobody is to be answered, and nothing went wrong on our side."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import psycopg
import pytest

from api.app import create_app
from framework.testing.logged import logged
from framework.testing.until import PATIENCE, until
from tests.installation.installation import DOMAIN, Installation

Message = dict[str, Any]
QUERY = orjson.dumps({"query": "{ programs { nodes { id } } }"})
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def scope_of(method: str, path: str, length: int) -> dict[str, Any]:
    """A request, as a server hands it over."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [
            (b"host", b"localhost"),
            (b"content-type", b"application/json"),
            (b"content-length", str(length).encode()),
        ],
        "server": ("localhost", 80),
        "client": ("127.0.0.1", 1),
    }


@pytest.mark.parametrize("path", ["/graphql", "/api/programs", "/api/programs/bulk"])
async def test_a_client_that_hangs_up_is_no_error(installation: Installation, path: str) -> None:
    begun: Message = {"type": "http.request", "body": b'{"na', "more_body": True}
    sent = iter([begun, {"type": "http.disconnect"}])
    answered: list[Message] = []

    async def receive() -> Message:
        return next(sent)

    async def send(message: Message) -> None:
        answered.append(message)

    with logged() as lines:
        await installation.app(scope_of("POST", path, 99), receive, send)  # type: ignore[arg-type]  # plain dicts
    assert next(sent, None) is None
    assert [entry for entry in lines if entry["level"] in ("error", "critical")] == []
    assert answered[0]["status"] < 500


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("GET", "/api/programs", b""), ("HEAD", "/api/programs", b""), ("POST", "/graphql", QUERY)],
)
async def test_a_read_whose_client_left_is_cancelled_in_postgresql(
    installation: Installation, method: str, path: str, body: bytes
) -> None:
    """The locked table stands for a statement that takes long; no timeout would end it."""
    settings = installation.settings.model_copy(update={"read_lock_seconds": 0, "read_statement_seconds": 0})
    app = create_app(DOMAIN, settings)
    left = asyncio.Event()
    begun: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if not begun:
            await left.wait()
        return begun.pop() if begun else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        assert message.get("status", 0) < 500

    url = settings.database_url or ""
    async with (
        await psycopg.AsyncConnection.connect(url) as holder,
        await psycopg.AsyncConnection.connect(url, autocommit=True) as watcher,
    ):

        async def waiting() -> int:
            ((number,),) = await (await watcher.execute(WAITING)).fetchall()
            return int(number)

        async def someone_waits() -> bool:
            return await waiting() > 0

        await holder.execute("LOCK TABLE programs IN ACCESS EXCLUSIVE MODE")
        with logged() as lines:
            asked = asyncio.create_task(app(scope_of(method, path, len(body)), receive, send))  # type: ignore[arg-type]
            await until(someone_waits)
            left.set()
            await asyncio.wait_for(asked, PATIENCE)
        assert await waiting() == 0
        await holder.rollback()
    assert [entry for entry in lines if entry["level"] in ("error", "critical")] == []
