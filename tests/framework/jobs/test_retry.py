"""Which failures are worth another try."""

from __future__ import annotations

import socket

import httpx
import pytest

from framework.errors import Conflict, Invalid, Unavailable
from framework.jobs.retry import worth_another_try

REQUEST = httpx.Request("GET", "http://shop.example/")


def answered(status: int) -> httpx.HTTPStatusError:
    return httpx.HTTPStatusError("no", request=REQUEST, response=httpx.Response(status, request=REQUEST))


@pytest.mark.parametrize(
    "stopped",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut off"),
        answered(503),
        answered(429),
        ConnectionResetError(),
        socket.gaierror("no such host"),
        TimeoutError(),
        Unavailable(),
        Conflict(code="retryable"),
        ExceptionGroup("two", [httpx.ConnectError("refused"), TimeoutError()]),
    ],
    ids=repr,
)
def test_what_time_may_heal_is(stopped: Exception) -> None:
    assert worth_another_try(stopped)


@pytest.mark.parametrize(
    "stopped",
    [
        answered(404),
        httpx.InvalidURL("no address"),
        ValueError(),
        FileNotFoundError(),
        Invalid(),
        Conflict(),
        ExceptionGroup("two", [httpx.ConnectError("refused"), ValueError()]),
    ],
    ids=repr,
)
def test_what_no_time_heals_is_not(stopped: Exception) -> None:
    assert not worth_another_try(stopped)
