"""PostgreSQL that is stopped or killed under load."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from framework.testing.until import until
from tests.faults.conftest import SLOW, TRIALS, User
from tests.faults.system import System, answers

READ = {"query": "{ programs(first: 1) { nodes { id name } } }"}
WRITE = {"query": 'mutation { createDataset(input: {name: "away"}) { dataset { id } errors { code } } }'}


@asynccontextmanager
async def load(http: httpx.AsyncClient) -> AsyncIterator[list[httpx.Response]]:
    """Requests without pause, from eight clients at once, and every answer to them."""
    got: list[httpx.Response] = []

    async def ask() -> None:
        while True:
            got.append(await http.get("/api/programs"))
            got.append(await http.post("/graphql", json=READ))

    clients = [asyncio.create_task(ask()) for _ in range(4)]
    try:
        yield got
        assert not any(client.done() for client in clients)
    finally:
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)


def verdict(response: httpx.Response) -> tuple[int, str]:
    """The status, and the code of what was wrong."""
    body: Any = response.json()
    if response.url.path != "/graphql":
        return response.status_code, body.get("code", "")
    return response.status_code, body["errors"][0]["extensions"]["code"] if body.get("errors") else ""


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGKILL], ids=["stopped", "killed"])
async def test_the_api_says_that_the_database_is_away_and_recovers(
    system: System, user: User, by: signal.Signals
) -> None:
    http = user.graphql.http
    async with load(http) as got:
        await until(lambda: len(got) > 20)
        with system.not_restarting_servers():
            system.postgres.send_signal(by)
            await until(lambda: away(system))
            assert verdict(await http.get("/api/programs")) == (503, "database_unavailable")
            assert verdict(await http.post("/api/datasets", json={"name": "away"})) == (503, "database_unavailable")
            assert verdict(await http.post("/graphql", json=READ)) == (200, "database_unavailable")
            written = (await http.post("/graphql", json=WRITE)).json()
            assert "database_unavailable" in str(written), written
            assert (await http.get("/readyz")).json() == {
                "status": "unavailable",
                "database": False,
                "redis": True,
                "worker": True,
                "disk": "can be written to",
            }
            assert await answers(system, "/healthz")
        await until(lambda: answers(system))
        back = len(got)
        await until(lambda: len(got) > back + 20)
    allowed = {(200, ""), (200, "database_unavailable"), (503, "database_unavailable")}
    assert {verdict(response) for response in got} <= allowed
    assert verdict(await http.get("/api/programs")) == (200, "")


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGKILL], ids=["stopped", "killed"])
async def test_a_search_and_its_watcher_outlive_the_database(system: System, user: User, by: signal.Signals) -> None:
    calm = await user.undisturbed()
    watched = await user.optimize(await user.subject(**SLOW))
    await watched.until_trial(2)
    watching = asyncio.create_task(watched.until_end())
    with system.not_restarting_servers():
        system.postgres.send_signal(by)
        await until(lambda: away(system))
    await watching
    assert watched.story == calm.story
    assert watched.in_order
    assert await user.trials(watched) == list(range(1, TRIALS + 1))
    assert (await user.optimization(watched))["state"] == "succeeded"
    assert set(watched.complaints) <= {"database_unavailable"}


async def away(system: System) -> bool:
    """Whether the API says that it cannot serve."""
    return not await answers(system)
