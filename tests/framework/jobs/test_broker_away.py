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
from framework.spec.domain import DomainSpec
from tests.framework.jobs.failing_broker import Fault, failing_broker

T = TypeVar("T")
ENDS_WITHIN = 9.0
# As it connects, as it names its mailbox, sends, waits, and clears up.
GONE = [(at, Fault.GONE) for at in (b"PING", b".pidbox", b"PUBLISH", b"BRPOP", b"SREM")]
HANGING = [(at, Fault.HANGING) for at in (b"PUBLISH", b"BRPOP")]


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
    async with asyncio.timeout(ENDS_WITHIN):
        return await future  # type: ignore[no-any-return]  # asyncio makes futures of anything


@pytest.mark.parametrize(("at", "fault"), [*GONE, *HANGING])
async def test_a_broker_that_fails_at_any_moment_has_no_worker(
    domain: DomainSpec, redis_url: str, at: bytes, fault: Fault
) -> None:
    async with failing_broker(redis_url, at=at, fault=fault) as broker:
        assert await ended(lambda: asyncio.to_thread(worker_answers, domain, broker.url)) is False
        assert broker.failed


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("at", [b"PING", b"LPUSH"])
async def test_a_job_is_queued_though_its_broker_fails(
    domain: DomainSpec, redis_url: str, at: bytes, fault: Fault
) -> None:
    async with failing_broker(redis_url, at=at, fault=fault) as broker:
        with client_app(domain, broker.url) as app:
            await ended(lambda: CeleryDispatcher(app).notify([PendingJob(uuid4(), "default")]))
        assert broker.failed
