"""The states that evaluations and optimizations share, and the moves between them."""

from __future__ import annotations

from enum import StrEnum


class RunState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


LIVE = (RunState.QUEUED, RunState.RUNNING, RunState.PAUSING, RunState.PAUSED, RunState.CANCELLING)
# What has come to its end; of these, what did not succeed may be begun again by hand.
OVER = (RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED)

MOVES: dict[str, tuple[RunState | tuple[RunState, ...], RunState]] = {
    # A run begins again where its worker died, or when its job is retried by hand; only whoever holds the job may.
    "begin": ((RunState.QUEUED, RunState.RUNNING, RunState.FAILED, RunState.CANCELLED), RunState.RUNNING),
    # Whoever comes to the end before the wish has reached him has come to it.
    "finish": ((RunState.RUNNING, RunState.PAUSING, RunState.CANCELLING), RunState.SUCCEEDED),
    "fail": (LIVE, RunState.FAILED),
    "pause": ((RunState.QUEUED, RunState.RUNNING), RunState.PAUSING),
    "hold": ((RunState.QUEUED, RunState.RUNNING, RunState.PAUSING), RunState.PAUSED),
    "resume": (RunState.PAUSED, RunState.QUEUED),
    "cancel": ((RunState.QUEUED, RunState.RUNNING, RunState.PAUSING, RunState.PAUSED), RunState.CANCELLING),
    "stop": (LIVE, RunState.CANCELLED),
}
