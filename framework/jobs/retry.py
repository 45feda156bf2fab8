"""Which ends of an attempt are worth another try, and how long to wait before it."""

from __future__ import annotations

from datetime import timedelta

from framework.data.refusals import may_pass
from framework.errors import Failure
from framework.spec.action import ActionSpec, RetrySpec

# What a server answers when it is the server, or the moment, that is at fault: RFC 9110, RFC 6585, RFC 8470.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})

# Of a file that is not there, or may not be read, another time is no better.
OF_FILES = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)


def worth_another_try(stopped: BaseException) -> bool:
    """Whether time may heal it: something did not answer, or another transaction was in the way.

    Bad input and mistakes in code stay what they are.
    """
    if isinstance(stopped, Failure):
        return may_pass(stopped)
    if isinstance(stopped, BaseExceptionGroup):
        return all(worth_another_try(part) for part in stopped.exceptions)
    return (isinstance(stopped, OSError) and not isinstance(stopped, OF_FILES)) or _of_http(stopped)


def _of_http(stopped: BaseException) -> bool:
    """Whether a request over httpx was not answered, or answered that another time may do.

    By the names of the classes, so that no worker loads a client which its verbs do not use.
    """
    names = {f"{kind.__module__}.{kind.__name__}" for kind in type(stopped).__mro__}
    if "httpx.HTTPStatusError" in names:
        return getattr(getattr(stopped, "response", None), "status_code", None) in PASSING
    return "httpx.TransportError" in names


def pause_before(attempt: int, action: ActionSpec | None) -> timedelta:
    """The pause before a try, doubling with each: `base · 2^(n-2)` seconds before try n, at most `ceiling`."""
    retry = RetrySpec() if action is None or action.job is None else action.job.retry
    return timedelta(seconds=min(retry.base * 2 ** max(attempt - 2, 0), retry.ceiling))
