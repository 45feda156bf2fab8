from __future__ import annotations

from framework.lm.calls.cancellation import Cancellation
from framework.lm.optimize.budget_guard import BudgetGuard
from framework.lm.optimize.events import Fidelity, Trial
from framework.lm.optimize.optimizer import every_evaluation_is_a_trial
from framework.lm.optimize.trial_observer import TrialObserver


def test_what_a_search_adds_after_it_was_left_is_not_heard() -> None:
    """Its thread may go on for as long as a call takes; the state that is judged is the one that is handed out."""
    told: list[Trial] = []
    observer = TrialObserver(
        of=2,
        reading=every_evaluation_is_a_trial,
        guard=BudgetGuard(Cancellation()),
        max_error_rate=0.5,
        report=told.append,
    )
    observer.add(Fidelity.FULL, score=0.5, counts=(2, 0), state=lambda: {"self": {"demos": []}})
    best = observer.close()
    observer.add(Fidelity.FULL, score=0.9, counts=(2, 0), state=lambda: {"self": {"demos": [{}]}})
    assert best == observer.best == (0.5, {"self": {"demos": []}})
    assert (len(observer.trials), len(told)) == (1, 1)
