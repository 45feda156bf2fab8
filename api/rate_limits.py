"""How often somebody may ask: counted in Redis for all processes together, by whoever asks and by where from.

Each budget is a leaky bucket (GCRA): so many requests at once, then one for each that has drained. A request that one
budget refuses takes from none. While Redis is away everybody is let pass, which the figures tell.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from framework.errors import Failure
from framework.figures import Figure
from framework.telemetry import log

WINDOW_SECONDS = 60
# Nobody waits longer for being counted; a Redis that is away is not asked again for a while.
COUNT_SECONDS = 0.25
QUIET_SECONDS = 2.0
# By Redis' own clock. A bucket is the moment at which it will have drained.
SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local found, refused = {}, false
for i, key in ipairs(KEYS) do
    local each, room = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
    local full = math.max(tonumber(redis.call('GET', key) or now), now) + each
    local wait = full - room - now
    if wait > 0 then refused = true end
    found[i] = {full, wait, each, room}
end
local answer = {}
for i, key in ipairs(KEYS) do
    local full, wait, each, room = unpack(found[i])
    if refused then full = full - each end
    local kept = math.ceil((full - now) / 1000) + 1
    if not refused then redis.call('SET', key, string.format('%.0f', full), 'PX', kept) end
    answer[i] = {math.max(wait, 0), math.floor((room - (full - now)) / each), math.ceil((full - now) / 1000000)}
end
return answer
"""


class RateLimited(Failure):
    """Too many requests."""

    code = "rate_limited"


@dataclass(frozen=True, slots=True)
class Budget:
    """How many requests a minute somebody may make; `name` says whose they are."""

    name: str
    whose: str
    a_minute: int

    @property
    def policy(self) -> str:
        """As a header says it (draft-ietf-httpapi-ratelimit-headers)."""
        return f'"{self.name}";q={self.a_minute};w={WINDOW_SECONDS}'


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a budget: requests, and seconds until it is whole again; `wait` before another one fits."""

    budget: Budget
    requests: int
    whole: int
    wait: float

    @property
    def header(self) -> str:
        """As a header says it."""
        return f'"{self.budget.name}";r={max(self.requests, 0)};t={self.whole}'


class RateLimits:
    """The counters of an installation; their names in Redis begin with its prefix."""

    def __init__(self, url: str, prefix: str) -> None:
        self._redis: Redis = Redis.from_url(url, socket_connect_timeout=COUNT_SECONDS, socket_timeout=COUNT_SECONDS)
        self._script = self._redis.register_script(SCRIPT)
        self._prefix = f"{prefix}rate:"
        self._quiet_until = 0.0
        self._uncounted = self._refused = 0

    async def taken(self, budgets: Sequence[Budget]) -> list[Left]:
        """What is left after one request more, which is not taken where any of them has no room; none while Redis is
        away."""
        if not budgets or time.monotonic() < self._quiet_until:
            self._uncounted += bool(budgets)
            return []
        keys = [f"{self._prefix}{budget.name}:{budget.whose}" for budget in budgets]
        numbers = [number for budget in budgets for number in _rate(budget)]
        try:
            async with asyncio.timeout(COUNT_SECONDS):
                answers: Any = await self._script(keys=keys, args=numbers)
        except (RedisError, OSError) as error:
            self._quiet_until = time.monotonic() + QUIET_SECONDS
            self._uncounted += 1
            log.warning("rate_limits.not_counted", error=type(error).__name__)
            return []
        left = [
            Left(budget, int(requests), int(whole), int(wait) / 1_000_000)
            for budget, (wait, requests, whole) in zip(budgets, answers, strict=True)
        ]
        self._refused += any(each.wait > 0 for each in left)
        return left

    def refused(self) -> RateLimited:
        """The failure of what others have counted."""
        self._refused += 1
        return too_many(1)

    def figures(self) -> list[Figure]:
        """Of this process."""
        return [
            Figure("dspex_rate_limited_total", "Requests refused, as there were too many.", self._refused),
            Figure("dspex_rate_uncounted_total", "Requests let pass uncounted, as Redis was away.", self._uncounted),
        ]

    async def stay(self) -> None:
        """Waits to be cancelled, and lets go of the connections then."""
        try:
            await asyncio.Event().wait()
        finally:
            await self._redis.aclose()


def headers_of(left: Sequence[Left]) -> Mapping[str, str]:
    """What a client is told of its budgets."""
    if not left:
        return {}
    policies, found = (", ".join(each) for each in ([b.budget.policy for b in left], [b.header for b in left]))
    return {"ratelimit-policy": policies, "ratelimit": found}


def refusal(left: Sequence[Left]) -> RateLimited | None:
    """The failure of a request for which there is no room."""
    wait = max((each.wait for each in left), default=0.0)
    if wait <= 0:
        return None
    return too_many(max(math.ceil(wait), 1))


def too_many(seconds: int) -> RateLimited:
    """The failure, with when to come again."""
    says = "there were too many requests in the last minute"
    return RateLimited(says, params={"retry_after": seconds}, hint=f"try again in {seconds} s")


def _rate(budget: Budget) -> tuple[int, int]:
    each = WINDOW_SECONDS * 1_000_000 // budget.a_minute
    return each, each * budget.a_minute
