"""Whether any worker takes messages."""

from __future__ import annotations

from kombu.exceptions import OperationalError

from framework.jobs.celery_app import celery_app
from framework.spec.domain import DomainSpec

WAIT_SECONDS = 0.5


def worker_answers(domain: DomainSpec, redis_url: str) -> bool:
    """Asks whoever listens at the broker, and waits a moment for the first answer."""
    with celery_app(domain, redis_url) as app:
        try:
            return bool(app.control.ping(timeout=WAIT_SECONDS, limit=1))
        except OperationalError:
            return False
