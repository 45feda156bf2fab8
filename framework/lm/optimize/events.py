"""What an optimization tells while it runs, in this order for the same run each time it is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from framework.lm.models.spend import Spend


class PhaseName(StrEnum):
    """Where a run stands."""

    BASELINE = "baseline"
    SEARCHING = "searching"
    VALIDATING = "validating"


class Fidelity(StrEnum):
    """On how much of the validation set a trial was scored; a skipped one proposed nothing to score."""

    FULL = "full"
    MINIBATCH = "minibatch"
    SKIPPED = "skipped"


class StopReason(StrEnum):
    """Why a run ended."""

    FINISHED = "finished"
    BUDGET = "budget"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Phase:
    """A new phase begins."""

    name: PhaseName


@dataclass(frozen=True, slots=True)
class Trial:
    """Trial `number` of `of` was scored on `size` examples, `failed` of which broke.

    `best` is the best full score so far; `state` is there when this trial set it, and is then the program to keep.
    """

    number: int
    of: int
    score: float | None
    size: int
    failed: int
    fidelity: Fidelity
    best: float | None
    state: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """What the run has spent until now, replayed calls counted like the first time."""

    total: Spend


Event = Phase | Trial | Spent
