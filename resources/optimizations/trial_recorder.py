"""The events of a search, put on record: a trial row and a progress event each, in one transaction, once."""

from __future__ import annotations

from uuid import UUID

from framework.actions.session import Session
from framework.jobs.job_run import JobRun
from framework.lm.optimize.events import Event, Phase, Spent
from framework.lm.optimize.events import Trial as TrialEvent
from resources.optimizations.optimization import OptimizationProgress
from resources.optimizations.stored_replay import StoredReplay
from resources.optimizations.trial import Trial


class TrialRecorder:
    """Records each event once. A search has the same events in the same order each time it is begun, so those that an
    earlier attempt has recorded are passed over.

    Their number is the job's checkpoint, written in the transaction of the record.
    """

    def __init__(self, run: JobRun, optimization_id: UUID, replay: StoredReplay) -> None:
        self._run = run
        self._optimization_id = optimization_id
        self._replay = replay
        self._seen = 0
        self._recorded_before = int((run.checkpoint or {}).get("recorded", 0))
        self._now = OptimizationProgress(phase="baseline", trial=0, trials=0)

    async def record(self, event: Event) -> None:
        """Puts one event on record, after every answer that it rests on."""
        self._now = self._now.model_copy(update=_changes(event))
        self._seen += 1
        if self._seen <= self._recorded_before:
            return
        await self._replay.flush()

        async def write(inner: Session) -> None:
            if isinstance(event, TrialEvent):
                await inner.create(Trial.record, self._row(event))
            await self._run.report(self._now, checkpoint={"recorded": self._seen}, within=inner)

        await self._run.session.with_transaction(write)

    def _row(self, trial: TrialEvent) -> dict[str, object]:
        return {
            "optimization_id": self._optimization_id,
            "number": trial.number,
            "trials": trial.of,
            "score": trial.score,
            "size": trial.size,
            "failed": trial.failed,
            "fidelity": str(trial.fidelity),
            "best_score": trial.best,
            "candidate": None if trial.state is None else dict(trial.state),
        }


def _changes(event: Event) -> dict[str, object]:
    match event:
        case Phase(name):
            return {"phase": str(name)}
        case TrialEvent():
            return {
                "trial": event.number,
                "trials": event.of,
                "score": event.score,
                "size": event.size,
                "fidelity": str(event.fidelity),
                "best_score": event.best,
            }
        case Spent(total):
            return {"calls": total.calls, "tokens": total.tokens, "cost_usd": total.cost_usd}
