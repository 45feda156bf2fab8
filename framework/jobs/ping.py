"""Whether any worker takes messages: one that does renews a key."""

from __future__ import annotations

from redis import Redis
from redis.exceptions import RedisError

WORKER = "worker"
WAIT_SECONDS = 1.0


def worker_answers(redis_url: str, prefix: str) -> bool:
    """Looks for the key; a broker that is away, or hangs, has none."""
    try:
        with Redis.from_url(redis_url, socket_connect_timeout=WAIT_SECONDS, socket_timeout=WAIT_SECONDS) as redis:
            return bool(redis.exists(prefix + WORKER))
    except (RedisError, OSError):
        return False
