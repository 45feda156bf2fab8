"""A worker shows that it is there without a word to the socket over which its messages come."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery

from framework.jobs.celery_app import worker_settings
from framework.jobs.ping import WORKER
from workers.presence import _show
from workers.sound_transport import WorkerCelery


@pytest.fixture
def app(clean_redis_url: str) -> Iterator[Celery]:
    made = WorkerCelery("presence")
    made.conf.update(worker_settings(clean_redis_url, "mine:"))
    yield made
    made.close()


def test_a_message_that_is_waited_for_meanwhile_is_still_a_message(app: Celery) -> None:
    with app.connection_for_read() as connection:
        channel: Any = connection.default_channel
        # As Kombu waits for messages: it has asked, and reads the answer when there is one.
        waiting = channel.client.connection = channel.client.connection_pool.get_connection()
        waiting.send_command("BRPOP", "mine:papers", 3600)
        with channel.conn_or_acquire() as other:
            other.lpush("papers", "a bell")
        _show(SimpleNamespace(connection=connection))
        assert waiting.read_response() == [b"mine:papers", b"a bell"]
        with channel.conn_or_acquire() as other:
            assert other.exists(f"mine:{WORKER}")
