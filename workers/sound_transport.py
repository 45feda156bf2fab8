"""Kombu's transport over Redis, for which a garbage message is a message lost, not the end of the worker."""

from __future__ import annotations

from queue import Empty
from typing import Any

from celery import Celery
from kombu.transport import redis

from framework.telemetry import log


class SoundChannel(redis.Channel):
    """Reads messages."""

    def _brpop_read(self, **options: Any) -> Any:
        """The next message; raises Empty for one that cannot be read, which is gone from its queue by then."""
        try:
            return super()._brpop_read(**options)  # type: ignore[no-untyped-call]  # Kombu's
        except (Empty, *self.connection_errors):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it holds, and whichever part of it is read first
            log.warning("message.unreadable", error=type(error).__name__)
            raise Empty from None


class SoundTransport(redis.Transport):
    """Delivers messages that are such."""

    Channel = SoundChannel

    def _deliver(self, message: Any, queue: str) -> None:
        """Before it counts as taken: what is not acknowledged afterwards would hold a place for ever."""
        if _is_task(message):
            super()._deliver(message, queue)  # type: ignore[no-untyped-call]  # Kombu's
        else:
            log.warning("message.not_a_task", queue=queue)


class WorkerCelery(Celery):  # type: ignore[misc]  # Celery is untyped
    """An app that receives by it."""

    def connection_for_read(self, *args: Any, **options: Any) -> Any:
        """A connection to take messages from."""
        connection = super().connection_for_read(*args, **options)
        connection.transport_cls = SoundTransport
        return connection


def _is_task(message: Any) -> bool:
    """Whether it has the form of a task's (protocol 2), as Celery goes by it before it looks closer."""
    if not isinstance(message, dict):
        return False
    headers, properties = message.get("headers"), message.get("properties")
    return (
        isinstance(message.get("body"), str)
        and isinstance(headers, dict)
        and all(isinstance(headers.get(name), str) for name in ("id", "task"))
        and isinstance(properties, dict)
        and isinstance(properties.get("delivery_info"), dict)
        and isinstance(properties.get("delivery_tag"), str)
    )
