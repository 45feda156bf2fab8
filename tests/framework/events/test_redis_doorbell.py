"""The doorbell of each installation on a Redis that several share."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest
from redis.asyncio import Redis

from framework.events import redis_doorbell
from framework.events.redis_doorbell import RedisDoorbell
from framework.testing.until import PATIENCE, until
from tests.framework.jobs.failing_broker import Fault, failing_broker


async def test_installations_on_one_redis_hear_their_own_bells_alone(clean_redis_url: str) -> None:
    bells = [RedisDoorbell(clean_redis_url, prefix) for prefix in ("one:", "one:", "two:")]
    async with AsyncExitStack() as closing, Redis.from_url(clean_redis_url) as redis:
        for bell in bells:
            closing.push_async_callback(bell.close)
        heard, also_heard, of_another = [asyncio.ensure_future(bell.wait(PATIENCE)) for bell in bells]

        async def listening() -> bool:
            return dict(await redis.pubsub_numsub("one:doorbell", "two:doorbell")) == {
                b"one:doorbell": 2,
                b"two:doorbell": 1,
            }

        await until(listening)
        await bells[0].notify()
        await asyncio.wait_for(asyncio.gather(heard, also_heard), PATIENCE)
        # What the third was told comes after this over the same connection, and so would ours have.
        assert not of_another.done()
        await bells[2].notify()
        await asyncio.wait_for(of_another, PATIENCE)
        await redis.set("two:worker", "")
        assert [await bell.has("worker") for bell in bells] == [False, False, True]


async def test_a_listener_whose_other_end_is_gone_without_a_word_listens_anew(
    clean_redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_doorbell, "SILENT_SECONDS", 0.05)
    monkeypatch.setattr(redis_doorbell, "ANSWER_SECONDS", 0.05)
    async with AsyncExitStack() as closing, Redis.from_url(clean_redis_url) as redis:
        broker = await closing.enter_async_context(failing_broker(clean_redis_url, at=b"PING", fault=Fault.HANGING))
        bell = RedisDoorbell(broker.url)
        closing.push_async_callback(bell.close)
        waiting = asyncio.ensure_future(bell.wait(PATIENCE))
        # It is asked whether it is there, does not answer, and is there again for whoever connects.
        await until(lambda: broker.failed)
        broker.recovered = True

        async def rung() -> bool:
            await redis.publish("doorbell", b"")
            if waiting.done():
                return True
            # As a reader that looks again now and then.
            await bell.wait(0.01)
            return False

        await until(rung)
