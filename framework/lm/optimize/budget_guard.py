"""What stops a run: a wish to cancel, a budget that is spent, or too many failures.

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
from framework.lm.models.spend import Spend, Usage
from framework.lm.optimize.run import Budget


class Cause(StrEnum):
    """Why a search was stopped."""

    CANCELLED = "cancelled"
    BUDGET = "budget"
    FAILING = "failing"


class StopOptimization(BaseException):
    """The search has to end now; not an `Exception`, so that no optimizer takes it for a bad trial."""


class BudgetGuard(BaseCallback):  # type: ignore[misc]  # DSPy is untyped
    """What the run may still spend, and whether it may go on.

    It adds up what each call is known to have used. A call whose usage the endpoint does not tell counts as a call and
    with time, but not in tokens and dollars; how many those were is said at the end of the run.
    """

    def __init__(self, cancellation: Cancellation) -> None:
        self._lock = threading.Lock()
        self._budget: Budget | None = None
        self._asked = 0
        self._in_flight = 0
        self._known = Spend()
        self._before = Spend()
        self._unreported = {"tokens": 0, "usd": 0}
        self._deadline: float | None = None
        self._cause: Cause | None = None
        self.stopped = Cancellation()
        cancellation.subscribe(lambda: self.stop(Cause.CANCELLED))

    @property
    def cause(self) -> Cause | None:
        """Why the run was stopped, or None while it may go on."""
        return self._cause

    def stop(self, cause: Cause) -> None:
        """Stop the run; the first cause stays."""
        with self._lock:
            self._cause = self._cause or cause
        self.stopped.cancel()

    @property
    def in_flight(self) -> int:
        """How many calls of the search to a model are under way."""
        with self._lock:
            return self._in_flight

    @property
    def known(self) -> Spend:
        """What calls are known to have used, from the first of the run."""
        with self._lock:
            return self._known

    def limit(self, budget: Budget) -> None:
        """From now on keep within a budget, not counting what was spent before."""
        with self._lock:
            self._budget, self._before, self._asked = budget, self._known, 0
            self._deadline = time.monotonic() + budget.seconds if budget.seconds is not None else None

    def release(self) -> None:
        """The search is over: what is asked from now on is not its own."""
        with self._lock:
            self._budget = self._deadline = None

    def count(self, usage: Usage) -> None:
        """Compare what was spent with the budget."""
        tokens = None if usage.tokens_in is None or usage.tokens_out is None else usage.tokens_in + usage.tokens_out
        with self._lock:
            self._unreported["tokens"] += tokens is None
            self._unreported["usd"] += usage.cost_usd is None
            told = Spend(1, usage.tokens_in or 0, usage.tokens_out or 0, usage.cost_usd or 0.0)
            self._known = self._known.and_also(told)
            over = self._budget is not None and self._over(self._budget)
        if over:
            self.stop(Cause.BUDGET)

    def unreported(self, budget: Budget) -> tuple[str, ...]:
        """Notes on the limits that were kept only as far as the endpoint tells what its calls used."""
        with self._lock:
            return tuple(
                f"of {self._known.calls} calls, {calls} did not say what they used: "
                f"the budget in {name} counts the others only"
                for name, calls in self._unreported.items()
                if calls and getattr(budget, name) is not None
            )

    def uncountable(self, budget: Budget) -> str | None:
        """The limit that cannot be kept at all, since no call has said what it used."""
        with self._lock:
            calls = self._known.calls
            kept = (name for name in self._unreported if getattr(budget, name) is not None)
            return next((name for name in kept if calls and self._unreported[name] == calls), None)

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

    def _over(self, budget: Budget) -> bool:
        tokens = (self._known.tokens or 0) - (self._before.tokens or 0)
        cost = (self._known.cost_usd or 0.0) - (self._before.cost_usd or 0.0)
        return _reached(tokens, budget.tokens) or _reached(cost, budget.usd)


def _reached(amount: float, limit: float | None) -> bool:
    return limit is not None and amount >= limit
