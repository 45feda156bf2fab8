"""One question to a program, and its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from framework.lm.calls.replay import CallMemory
from framework.lm.models.model import ModelDefinition
from framework.lm.models.spend import Usage
from framework.lm.programs.program import EMPTY, ProgramDefinition, State


@dataclass(frozen=True, slots=True)
class CallContext:
    """What a run adds around its calls: a memory of answers it was given, and who counts what is spent.

    `wait_seconds` is how long a call waits for its turn at a busy model; None leaves it to the settings.
    """

    memory: CallMemory | None = None
    on_usage: Callable[[Usage], object] = lambda _: None
    wait_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One question to one program: what it is, what it has learned, what it is given, and who answers."""

    definition: ProgramDefinition
    inputs: Mapping[str, Any]
    model: ModelDefinition
    state: State = field(default_factory=lambda: EMPTY)
    context: CallContext = CallContext()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a program gave: its declared outputs as JSON, `details` beside them (such as reasoning), and its cost."""

    outputs: Mapping[str, Any]
    details: Mapping[str, Any]
    model: str
    latency_ms: float
    tokens_in: int | None
    tokens_out: int | None
    cost_usd: float | None
    calls: int
