"""What stops a search: a wish to cancel, a budget that is spent, or too many failures.

DSPy's optimizers swallow every `Exception`, each somewhere else, and go on. What they cannot swallow is a
`BaseException`; it is raised before the next call to a model, in whichever thread makes it, and ever after.
"""

from __future__ import annotations

import threading
import time
from enum import StrEnum
from typing import Any

from framework.lm.calls.cancellation import Cancellation
from framework.lm.dspy_setup import BaseCallback
from framework.lm.models.spend import Spend
from framework.lm.optimize.run import Budget


class Cause(StrEnum):
    """Why a search was stopped."""

    CANCELLED = "cancelled"
    BUDGET = "budget"
    FAILING = "failing"


class StopOptimization(BaseException):
    """The search has to end now; not an `Exception`, so that no optimizer takes it for a bad trial."""


class BudgetGuard(BaseCallback):  # type: ignore[misc]  # DSPy is untyped
    """Pulled once and for all, by anybody; felt before every call to a model."""

    def __init__(self, cancellation: Cancellation) -> None:
        self._lock = threading.Lock()
        self._cancellation = cancellation
        self._budget: Budget | None = None
        self._asked = 0
        self._in_flight = 0
        self._spent = Spend()
        self._deadline: float | None = None
        self._cause: Cause | None = None

    @property
    def cause(self) -> Cause | None:
        """Why the search was stopped, or None while it may go on."""
        if self._cause is None and self._cancellation.cancelled:
            self.stop(Cause.CANCELLED)
        return self._cause

    def stop(self, cause: Cause) -> None:
        """Stop the search; the first cause stays."""
        with self._lock:
            self._cause = self._cause or cause

    @property
    def in_flight(self) -> int:
        """How many calls of the search to a model are under way."""
        with self._lock:
            return self._in_flight

    def limit(self, budget: Budget, spent: Spend) -> None:
        """From now on keep within a budget, not counting what was spent before."""
        with self._lock:
            self._budget, self._spent, self._asked = budget, spent, 0
            self._deadline = time.monotonic() + budget.seconds if budget.seconds is not None else None

    def release(self) -> None:
        """The search is over: what is asked from now on is not its own."""
        with self._lock:
            self._budget = self._deadline = None

    def count(self, total: Spend) -> None:
        """Compare what was spent with the budget."""
        budget, before = self._budget, self._spent
        if budget is None:
            return
        tokens = (total.tokens or 0) - (before.tokens or 0)
        cost = (total.cost_usd or 0.0) - (before.cost_usd or 0.0)
        if _reached(tokens, budget.tokens) or _reached(cost, budget.usd):
            self.stop(Cause.BUDGET)

    def on_question(self) -> None:
        """A question that counts is about to be asked: does the budget allow one more?"""
        with self._lock:
            if self._budget is None:
                return
            over = _reached(self._asked, self._budget.calls)
            self._asked += 1
        if over:
            self.stop(Cause.BUDGET)
            raise StopOptimization(Cause.BUDGET)

    def on_lm_start(self, **_: Any) -> None:
        """A call to a model is about to be made: is it still wanted?"""
        if _reached(time.monotonic(), self._deadline):
            self.stop(Cause.BUDGET)
        if self.cause is not None:
            raise StopOptimization(self.cause)
        with self._lock:
            self._in_flight += 1

    def on_lm_end(self, **_: Any) -> None:
        """A call to a model is over."""
        with self._lock:
            self._in_flight -= 1


def _reached(amount: float, limit: float | None) -> bool:
    return limit is not None and amount >= limit
