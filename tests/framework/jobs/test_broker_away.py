"""Whoever asks a broker that fails is told soon: a process that is to end waits for its threads, whatever they do."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar
from uuid import uuid4

import pytest

from framework.jobs.celery_app import client_app
from framework.jobs.dispatch import CeleryDispatcher
from framework.jobs.dispatcher import PendingJob
from framework.jobs.ping import worker_answers
from framework.testing.until import PATIENCE
from tests.framework.jobs.failing_broker import Fault, failing_broker

T = TypeVar("T")


async def ended(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What comes of it in an event loop of its own, which ends with its threads; raises TimeoutError if it does not."""
    loop, future = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()

    def run() -> None:
        try:
            found = asyncio.run(work())
        except Exception as error:  # noqa: BLE001 - it is the test's
            loop.call_soon_threadsafe(future.set_exception, error)
        else:
            loop.call_soon_threadsafe(future.set_result, found)

    # A daemon, so that one which never ends fails its test alone.
    threading.Thread(target=run, daemon=True).start()
    async with asyncio.timeout(PATIENCE):
        return await future  # type: ignore[no-any-return]  # asyncio makes futures of anything


@pytest.mark.parametrize("fault", Fault)
async def test_a_broker_that_fails_has_no_worker(redis_url: str, fault: Fault) -> None:
    async with failing_broker(redis_url, at=b"EXISTS", fault=fault) as broker:
        assert await ended(lambda: asyncio.to_thread(worker_answers, broker.url, "dspex:")) is False
        assert broker.failed


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("at", [b"PING", b"LPUSH"])
async def test_a_job_is_queued_though_its_broker_fails(redis_url: str, at: bytes, fault: Fault) -> None:
    async with failing_broker(redis_url, at=at, fault=fault) as broker:
        with client_app(broker.url, "dspex:") as app:
            await ended(lambda: CeleryDispatcher(app).notify([PendingJob(uuid4(), "default")]))
        assert broker.failed


@pytest.mark.parametrize("fault", Fault)
async def test_bells_that_nobody_counts_are_none(redis_url: str, fault: Fault) -> None:
    async with failing_broker(redis_url, at=b"PING", fault=fault) as broker:
        with client_app(broker.url, "dspex:") as app:
            assert await ended(lambda: CeleryDispatcher(app).unheard(["default"])) == {}
        assert broker.failed


async def test_bells_that_no_worker_has_heard_are_counted_by_queue(clean_redis_url: str) -> None:
    with client_app(clean_redis_url, "dspex:") as app, client_app(clean_redis_url, "") as another:
        dispatcher = CeleryDispatcher(app)
        await dispatcher.notify([PendingJob(uuid4(), queue) for queue in ("default", "papers", "papers")])
        assert await dispatcher.unheard(["default", "papers", "none"]) == {"default": 1, "papers": 2, "none": 0}
        # Another program with Celery on the same Redis, whose queues have the same names.
        assert await CeleryDispatcher(another).unheard(["default"]) == {"default": 0}
