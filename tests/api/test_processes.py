"""Several API processes behind one port: what one does is heard at the other, and one that dies is missed by nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from framework.cli.single_instance import free_port
from framework.settings import Settings
from framework.testing.until import PATIENCE, until
from tests.installation.installation import DOMAIN
from tests.installation.making import a_signature
from tests.installation.rest_client import RestClient
from tests.workers.conftest import begun

BOTH = {"1", "2"}


@pytest.fixture
async def served(
    copy: Callable[[], Awaitable[Settings]],
) -> AsyncIterator[tuple[asyncio.subprocess.Process, httpx.AsyncClient]]:
    """Two of them, and a client whose every request is a connection of its own."""
    port = free_port("127.0.0.1", 0)
    parent = await begun("api", await copy(), "--port", str(port), "--processes", "2")
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE, trust_env=False, limits=limits
    ) as http:
        await until(lambda: measured(http, "dspex_event_loop_delay_seconds_count", BOTH))
        yield parent, http
    if parent.returncode is None:
        parent.terminate()
        await asyncio.wait_for(parent.wait(), PATIENCE)


async def test_what_happens_at_one_is_heard_at_the_other_and_one_that_dies_is_missed_by_nobody(
    served: tuple[asyncio.subprocess.Process, httpx.AsyncClient],
) -> None:
    parent, http = served
    async with AsyncExitStack() as stack:
        heard: list[httpx.Response] = []
        while not await measured(http, "dspex_subscribers", BOTH):
            assert len(heard) < 200
            heard.append(await stack.enter_async_context(http.stream("GET", "/api/signatures/changes")))
            await asyncio.sleep(0.1)
        made = await a_signature(RestClient(DOMAIN, http))
        for each in heard:
            assert await asyncio.wait_for(told(each, made["id"]), PATIENCE)

    first, second = psutil.Process(parent.pid).children()
    first.kill()
    for _ in range(20):
        assert (await http.get("/api/signatures")).is_success
    await until(lambda: len(psutil.Process(parent.pid).children()) == 2)
    assert second.is_running()

    children = psutil.Process(parent.pid).children(recursive=True)
    parent.terminate()
    assert await asyncio.wait_for(parent.wait(), PATIENCE) == 0
    assert psutil.wait_procs(children, timeout=PATIENCE)[1] == []


async def told(stream: httpx.Response, target: str) -> bool:
    async for line in stream.aiter_lines():
        if target in line:
            return True
    return False


async def measured(http: httpx.AsyncClient, name: str, processes: set[str]) -> bool:
    """Whether each of the processes has one of these by now."""
    try:
        text = (await http.get("/metrics")).text
    except httpx.TransportError:
        return False
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {s.labels["process"] for s in samples if s.name == name and s.value > 0} == processes
