"""The doorbell over Redis pub/sub, between all processes."""

from __future__ import annotations

import asyncio
import time

from redis.asyncio import Redis
from redis.exceptions import RedisError

from framework.events.doorbell import LocalDoorbell
from framework.telemetry import log

CHANNEL = "doorbell"
# Whoever notifies has work to do: a Redis that hangs is not waited for, and for a while not even tried.
PUBLISH_SECONDS = 0.5
QUIET_SECONDS = 2.0
# A connection that is silent for so long is asked, and given up where no answer comes: its other end may be gone
# without a word, as when a host vanishes.
SILENT_SECONDS = 10.0
ANSWER_SECONDS = 5.0


class RedisDoorbell:
    """A doorbell between processes, over Redis pub/sub; while Redis is away, waiting is polling.

    The names of what it uses there begin with `prefix`, which all processes of an installation share.
    """

    def __init__(self, url: str, prefix: str = "") -> None:
        self._prefix, self._channel = prefix, prefix + CHANNEL
        self._redis: Redis = Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5)
        self._local = LocalDoorbell()
        self._listener: asyncio.Task[None] | None = None
        self._quiet_until = 0.0

    async def notify(self) -> None:
        """Wakes everyone who waits; a Redis that is away, or hangs, costs them a few polling intervals."""
        await self._local.notify()
        if time.monotonic() < self._quiet_until:
            return
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                await self._redis.publish(self._channel, b"")
        except (RedisError, OSError) as error:
            self._quiet_until = time.monotonic() + QUIET_SECONDS
            log.warning("doorbell.not_published", error=type(error).__name__)

    async def wait(self, seconds: float) -> bool:
        """Returns when it is notified by any process, or after so many seconds: whether it was."""
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._listen())
        return await self._local.wait(seconds)

    async def answers(self) -> bool:
        """Whether Redis is there."""
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                return bool(await self._redis.ping())
        except (RedisError, OSError):
            return False

    async def has(self, key: str) -> bool:
        """Whether somebody of this installation keeps something under that name."""
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                return bool(await self._redis.exists(self._prefix + key))
        except (RedisError, OSError):
            return False

    async def close(self) -> None:
        """Stops listening and closes the connections."""
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)
        await self._redis.aclose()

    async def _listen(self) -> None:
        """Ends when the connection does; the next `wait` begins again, so a restarted Redis is found by itself."""
        try:
            async with self._redis.pubsub() as bells:
                await bells.subscribe(self._channel)
                while True:
                    heard = await bells.get_message(timeout=SILENT_SECONDS)
                    if heard is None:
                        await bells.ping()
                        heard = await bells.get_message(timeout=ANSWER_SECONDS)
                    if heard is None:
                        raise TimeoutError
                    if heard["type"] == "message":
                        await self._local.notify()
        except (RedisError, OSError) as error:
            log.warning("doorbell.lost", error=type(error).__name__)
