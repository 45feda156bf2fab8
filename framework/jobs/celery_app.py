"""Domain → Celery: its queues, and the settings of who receives and who only sends."""

from __future__ import annotations

from typing import Any

from celery import Celery

from framework.spec.domain import DomainSpec

RUN = "dspex.run"

# How long a worker waits for an answer of its broker, and how long one who only sends does.
WORKER_SOCKET_SECONDS = 10.0
CLIENT_SOCKET_SECONDS = 2.0


def worker_settings(broker: str, prefix: str) -> dict[str, Any]:
    """The settings of an app that receives; results are not kept, as the job's row has them."""
    return {"broker_url": broker_url(broker), **_settings(prefix, socket_timeout=WORKER_SOCKET_SECONDS)}


def client_app(broker: str, prefix: str) -> Celery:
    """The app of a process that only sends: whatever it asks of a broker that is away, or hangs, fails soon.

    Its calls block a thread, and a thread cannot be cancelled: a process that is to end waits for it.
    """
    app = Celery("dspex", broker=broker_url(broker))
    app.conf.update(_settings(prefix, socket_timeout=CLIENT_SOCKET_SECONDS))
    return app


def _settings(prefix: str, *, socket_timeout: float) -> dict[str, Any]:
    return {
        "task_ignore_result": True,
        "task_default_queue": "default",
        "task_create_missing_queues": True,
        "accept_content": ["json"],
        # One at a time: a job may take hours, and what a worker holds back nobody else can take.
        "worker_prefetch_multiplier": 1,
        "broker_connection_retry_on_startup": True,
        # A worker waits for its broker as long as it takes; whoever only rings does not wait at all (`max_retries`).
        "broker_connection_max_retries": None,
        "broker_transport_options": {
            # Whoever else uses the same Redis has other keys: another installation, or another program with Celery.
            "global_keyprefix": prefix,
            "socket_connect_timeout": 2,
            "socket_timeout": socket_timeout,
            "max_retries": 0,
        },
        # Only tasks acknowledged late would be, of which there are none; unsaid, Celery warns of it.
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "worker_hijack_root_logger": False,
        "worker_send_task_events": False,
        "timezone": "UTC",
        # It would be obeyed from whoever reaches the broker, its `shutdown` too.
        "worker_enable_remote_control": False,
    }


def queues(domain: DomainSpec) -> tuple[str, ...]:
    """Every queue that a job of the domain waits in, and the default one."""
    named = {a.job.queue for spec in domain.resources.values() for a in spec.actions.values() if a.job is not None}
    return tuple(sorted({"default", *named}))


def broker_url(redis_url: str) -> str:
    """The broker as Kombu spells it: a Redis behind a Unix socket is `redis+socket://`, its database a host."""
    if not redis_url.startswith("unix://"):
        return redis_url
    return redis_url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")
