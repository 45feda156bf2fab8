"""What a look at a Redis finds: its version, its clock, whether it forgets, whether a worker shows itself there."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from framework.errors import Unavailable
from framework.findings import Finding, bad, ok, size, warn
from framework.jobs.ping import WORKER
from framework.sql.findings import clocks

OLDEST = (6, 2)
ASKED_SECONDS = 4.0


@asynccontextmanager
async def _asked(url: str) -> AsyncIterator[Redis]:
    """A connection; raises Unavailable with what the client says."""
    client: Redis = Redis.from_url(url, socket_connect_timeout=ASKED_SECONDS, socket_timeout=ASKED_SECONDS)
    try:
        yield client
    except (RedisError, OSError) as error:
        hint = "start Redis, or mend REDIS_URL; until then jobs wait, and readers poll"
        raise Unavailable(f"Redis: {error}", code="redis_unavailable", hint=hint) from error
    finally:
        await client.aclose()


async def server(url: str) -> Finding:
    """Its version."""
    async with _asked(url) as client:
        info: dict[str, Any] = await client.info("server")
    # A Valkey says for which version of Redis it stands, and its own.
    name, said = ("Valkey", info["valkey_version"]) if "valkey_version" in info else ("Redis", info["redis_version"])
    if tuple(map(int, re.findall(r"\d+", str(info["redis_version"]))[:2])) < OLDEST:
        return bad(f"{name} {said} is too old", "update it to Redis 6.2 or newer, or Valkey")
    return ok(f"{name} {said}")


async def clock(url: str) -> Finding:
    """By how much its clock differs from that of this machine."""
    async with _asked(url) as client:
        asked = time.time()
        seconds, micros = await client.time()
        return clocks("Redis", seconds + micros / 1e6, asked, time.time())


async def memory(url: str) -> Finding:
    """Whether it forgets keys when it is full, and how full it is."""
    async with _asked(url) as client:
        info: dict[str, Any] = await client.info("memory")
    policy, most, used = info["maxmemory_policy"], info["maxmemory"], info["used_memory"]
    says = f"maxmemory-policy {policy}, {size(used)} used of {size(most) if most else 'what there is'}"
    if policy != "noeviction":
        judge = bad if most else warn
        return judge(says, "set maxmemory-policy noeviction: a bell that is thrown away is rung only later")
    if most and used > 0.9 * most:
        return warn(says, "raise maxmemory: when it is full no bell is rung, and jobs wait for the reaper")
    return ok(says)


async def persistence(url: str) -> Finding:
    """Whether it can write what it keeps on disk; none is fine, as nothing in it is missed."""
    async with _asked(url) as client:
        info: dict[str, Any] = await client.info("persistence")
    failing = [name for name in ("rdb_last_bgsave_status", "aof_last_write_status") if info.get(name, "ok") != "ok"]
    if failing:
        return bad(
            f"it cannot write to its disk ({', '.join(failing)})", "make room there: until then it may refuse writes"
        )
    return ok(
        "it keeps an append-only file" if info.get("aof_enabled") else "it keeps no append-only file, and needs none"
    )


async def worker(url: str, prefix: str) -> Finding:
    """Whether any worker takes messages."""
    async with _asked(url) as client:
        if await client.exists(prefix + WORKER):
            return ok("a worker takes messages")
    return warn("no worker takes messages", "start one (dspex up, dspex worker): until then jobs wait")
