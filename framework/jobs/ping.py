"""Whether any worker takes messages."""

from __future__ import annotations

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from framework.jobs.celery_app import client_app
from framework.spec.domain import DomainSpec

WAIT_SECONDS = 0.5


def worker_answers(domain: DomainSpec, redis_url: str) -> bool:
    """Asks whoever listens at the broker, and waits a moment for the first answer; a broker that is away has none."""
    with client_app(domain, redis_url) as app:
        try:
            return bool(app.control.ping(timeout=WAIT_SECONDS, limit=1))
        # Kombu gives errors of Redis a name of its own only while it connects.
        except (OperationalError, RedisError, OSError):
            return False
