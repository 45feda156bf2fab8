"""An evaluation as values: what is scored, on what, and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from framework.errors import Failure
from framework.lm.models.model import ModelDefinition
from framework.lm.models.spend import Spend
from framework.lm.programs.program import EMPTY, ProgramDefinition, State


@dataclass(frozen=True, slots=True)
class Example:
    """Inputs and the outputs that are expected for them."""

    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is scored: a program, what it has learned, and the model that answers."""

    definition: ProgramDefinition
    model: ModelDefinition
    state: State = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one example: a score with the outputs, or a failure."""

    position: int
    key: str
    score: float | None
    outputs: Mapping[str, Any] | None = None
    failure: Failure | None = None
    latency_ms: float | None = None
    spend: Spend = field(default_factory=Spend)


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true mean lies with 95 % confidence, and the method that says so."""

    low: float
    high: float
    method: str


@dataclass(frozen=True, slots=True)
class Report:
    """All rows in the order of the examples. The mean counts a failed row as zero; `failed` says how many failed."""

    rows: tuple[Row, ...]
    mean: float
    failed: int
    interval: Interval | None
    spend: Spend
    cancelled: bool = False

    @property
    def n(self) -> int:
        """How many examples were scored."""
        return len(self.rows)
