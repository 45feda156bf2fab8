"""Shows at the broker that a worker takes messages: a key that its own loop renews, and that expires without it.

Beat, which Celery forks once and does not look after, is looked after by the same loop.
"""

from __future__ import annotations

from typing import Any, ClassVar

from celery import bootsteps
from celery.beat import EmbeddedService
from celery.worker.components import Beat
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from framework.jobs.ping import WORKER
from framework.processes.pulse import Pulse
from framework.telemetry import log
from workers.going_on import GoingOn

EVERY_SECONDS = 2.0
# Two may be missed.
LASTS_SECONDS = 6


class Presence(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery is untyped
    """Begins once messages are taken, and in the process that takes them: one that hangs shows nothing."""

    requires: ClassVar[Any] = {"celery.worker.consumer.tasks:Tasks"}
    going: ClassVar[GoingOn] = GoingOn(Pulse())

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._renewing: Any = None

    def start(self, consumer: Any) -> None:
        """Shows it at once, and from now on."""
        self._come_by(consumer)
        self._renewing = consumer.timer.call_repeatedly(EVERY_SECONDS, self._come_by, (consumer,))

    def stop(self, consumer: Any) -> None:
        """It takes no messages any more; others may."""
        self.going.rest()
        if self._renewing is not None:
            self._renewing.cancel()

    def _come_by(self, consumer: Any) -> None:
        self.going.come_by()
        _show(consumer)
        _keep_beat(consumer.controller)


def _keep_beat(worker: Any) -> None:
    """Starts it anew where it has ended, however that was."""
    if worker.beat is None or worker.beat.is_alive():
        return
    log.error("worker.beat_ended")
    worker.beat = EmbeddedService(
        worker.app, schedule_filename=worker.schedule_filename, scheduler_cls=worker.scheduler
    )
    # Which ends it with the worker.
    next(step for step in worker.steps if isinstance(step, Beat)).obj = worker.beat
    worker.beat.start()


def _show(consumer: Any) -> None:
    """By a socket beside the one that messages come over: whoever waits for a message there would be given our answer,
    and we the message."""
    try:
        with consumer.connection.default_channel.conn_or_acquire() as client:
            client.set(WORKER, "", ex=LASTS_SECONDS)
    except (OperationalError, RedisError, OSError) as error:
        # The consumer finds out by itself, and connects anew.
        log.warning("worker.not_shown", error=type(error).__name__)
