"""Which ends of an attempt are worth another try, and how long to wait before it."""

from __future__ import annotations

from datetime import timedelta

from framework.data.refusals import may_pass
from framework.errors import Failure
from framework.spec.action import ActionSpec, RetrySpec


def worth_another_try(stopped: BaseException) -> bool:
    """Whether time may heal it: something did not answer, or another transaction was in the way.

    Bad input and mistakes in code stay what they are.
    """
    if isinstance(stopped, Failure):
        return may_pass(stopped)
    return isinstance(stopped, (OSError, TimeoutError))


def pause_before(attempt: int, action: ActionSpec | None) -> timedelta:
    """The pause before a try, doubling with each: `base · 2^(n-2)` seconds before try n, at most `ceiling`."""
    retry = RetrySpec() if action is None or action.job is None else action.job.retry
    return timedelta(seconds=min(retry.base * 2 ** max(attempt - 2, 0), retry.ceiling))
