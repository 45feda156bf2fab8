"""Domain → Celery: one task that runs a job by its id, and a beat entry for each job that repeats."""

from __future__ import annotations

from celery import Celery

from framework.spec.action import ActionKind, ActionSpec
from framework.spec.domain import DomainSpec

RUN = "dspex.run"
REPEAT = "dspex.repeat"


def celery_app(domain: DomainSpec, broker: str) -> Celery:
    """The app that sends and receives; results are not kept, as the job's row has them."""
    app = Celery("dspex", broker=broker_url(broker))
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
        broker_transport_options={"socket_connect_timeout": 2, "socket_timeout": 10, "max_retries": 0},
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
