"""The API and a worker as processes of their own, over a database of their own."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import httpx
import pytest

from framework.cli.single_instance import free_port
from framework.settings import Settings
from framework.testing.until import PATIENCE, until
from tests.installation.graphql_client import GraphqlClient
from tests.installation.installation import DOMAIN
from tests.installation.rest_client import RestClient

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Processes:
    """Both processes, and how to reach them; `figures` is where the worker tells of itself."""

    settings: Settings
    api: asyncio.subprocess.Process
    worker: asyncio.subprocess.Process
    http: httpx.AsyncClient
    figures: str
    rest: RestClient
    graphql: GraphqlClient


async def begun(
    command: str, settings: Settings, *more: str, given: Mapping[str, str] = MappingProxyType({})
) -> asyncio.subprocess.Process:
    """One command of `dspex`, which ends with this process."""
    environment = {
        **os.environ,
        "DATABASE_URL": str(settings.database_url),
        "REDIS_URL": str(settings.redis_url),
        "DSPEX_DOMAINS": "resources:PLATFORM,tests.installation.route_ticket:TESTS",
        "DSPEX_POLL_SECONDS": "0.1",
        "PYTHONPATH": str(ROOT),
        **given,
    }
    argv = (sys.executable, "-m", "framework.cli.main", command, *more, "--parent", str(os.getpid()))
    return await asyncio.create_subprocess_exec(*argv, cwd=ROOT, env=environment, stderr=asyncio.subprocess.DEVNULL)


@pytest.fixture(scope="module")
async def processes(copy: Callable[[], Awaitable[Settings]]) -> AsyncIterator[Processes]:
    """Started once for all tests of a module."""
    settings = await copy()
    port = free_port("127.0.0.1", 0)
    api = await begun("api", settings, "--port", str(port))
    told_at = free_port("127.0.0.1", 0)
    worker = await begun("worker", settings, "--restarts", "2", given={"DSPEX_WORKER_METRICS_PORT": str(told_at)})
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE, trust_env=False) as http:

        async def ready() -> bool:
            assert (api.returncode, worker.returncode) == (None, None)
            try:
                return (await http.get("/readyz")).is_success
            except httpx.ConnectError:
                return False

        try:
            await until(ready)
            graphql = await GraphqlClient.introspected(DOMAIN, http)
            figures = f"http://127.0.0.1:{told_at}/metrics"
            yield Processes(settings, api, worker, http, figures, RestClient(DOMAIN, http), graphql)
        finally:
            for process in (api, worker):
                if process.returncode is None:
                    process.terminate()
            for process in (api, worker):
                await asyncio.wait_for(process.wait(), PATIENCE)
