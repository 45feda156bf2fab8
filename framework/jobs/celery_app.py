"""Domain → Celery: one task that runs a job by its id, and a beat entry for each job that repeats."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import Celery
from celery.app.control import Control
from kombu.messaging import Producer
from kombu.pidbox import Mailbox

from framework.spec.action import ActionKind, ActionSpec
from framework.spec.domain import DomainSpec

RUN = "dspex.run"
REPEAT = "dspex.repeat"

# How long a worker waits for an answer of its broker, and how long one who only sends does.
WORKER_SOCKET_SECONDS = 10.0
CLIENT_SOCKET_SECONDS = 2.0


def celery_app(domain: DomainSpec, broker: str) -> Celery:
    """The app of a worker, which receives; results are not kept, as the job's row has them."""
    return _configured(Celery("dspex", broker=broker_url(broker)), domain, socket_timeout=WORKER_SOCKET_SECONDS)


def client_app(domain: DomainSpec, broker: str) -> Celery:
    """The app of a process that only sends: whatever it asks of a broker that is away, or hangs, fails soon.

    Its calls block a thread, and a thread cannot be cancelled: a process that is to end waits for it.
    """
    app = Celery("dspex", broker=broker_url(broker), control=_ClientControl)
    return _configured(app, domain, socket_timeout=CLIENT_SOCKET_SECONDS)


class _SingleTryProducer(Producer):
    """A producer that tells of a failure."""

    def publish(self, *args: Any, **options: Any) -> Any:
        return super().publish(*args, **{**options, "retry": False})  # type: ignore[no-untyped-call]  # Kombu's


class _SingleTryMailbox(Mailbox):
    """A mailbox that tries once: Kombu's own publishes commands, such as a ping, with retries that have no limit."""

    @contextmanager
    def producer_or_acquire(self, producer: Any = None, channel: Any = None) -> Iterator[Producer]:
        yield _SingleTryProducer(channel, auto_declare=False)  # type: ignore[no-untyped-call]  # Kombu's


class _ClientControl(Control):  # type: ignore[misc]  # Celery has no types
    """Celery's control commands, by such a mailbox."""

    Mailbox = _SingleTryMailbox


def _configured(app: Celery, domain: DomainSpec, *, socket_timeout: float) -> Celery:
    app.conf.update(
        task_ignore_result=True,
        task_default_queue="default",
        task_create_missing_queues=True,
        accept_content=["json"],
        # One at a time: a job may take hours, and what a worker holds back nobody else can take.
        worker_prefetch_multiplier=1,
        broker_connection_retry_on_startup=True,
        # A worker waits for its broker as long as it takes; whoever only rings does not wait at all (`max_retries`).
        broker_connection_max_retries=None,
        broker_transport_options={
            "socket_connect_timeout": 2,
            "socket_timeout": socket_timeout,
            "max_retries": 0,
        },
        # Only tasks acknowledged late would be, of which there are none; unsaid, Celery warns of it.
        worker_cancel_long_running_tasks_on_connection_loss=True,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        beat_schedule=beat_entries(domain),
        timezone="UTC",
    )
    return app


def repeating(domain: DomainSpec) -> list[ActionSpec]:
    """The jobs that repeat by themselves."""
    actions = (action for spec in domain.resources.values() for action in spec.actions.values())
    return [a for a in actions if a.kind is ActionKind.JOB and a.job is not None and a.job.every]


def queues(domain: DomainSpec) -> tuple[str, ...]:
    """Every queue that a job of the domain waits in, and the default one."""
    named = {a.job.queue for spec in domain.resources.values() for a in spec.actions.values() if a.job is not None}
    return tuple(sorted({"default", *named}))


def beat_entries(domain: DomainSpec) -> dict[str, dict[str, object]]:
    """Beat's schedule: it only asks for a row, so two beats at once do no harm."""
    return {
        f"{action.resource}.{action.name}": {
            "task": REPEAT,
            "schedule": action.job.every,
            "args": [action.resource, action.name],
        }
        for action in repeating(domain)
        if action.job is not None
    }


def broker_url(redis_url: str) -> str:
    """The broker as Kombu spells it: a Redis behind a Unix socket is `redis+socket://`, its database a host."""
    if not redis_url.startswith("unix://"):
        return redis_url
    return redis_url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")
