"""How much the calls of one process may take, each of them, and all that ask one model or use one program's tools."""

from __future__ import annotations

from dataclasses import dataclass

from framework.lm.models.bounded_transport import MOST_ANSWER_BYTES
from framework.lm.programs.observations import MOST_CHARACTERS
from framework.settings import Settings


@dataclass(frozen=True, slots=True)
class Bounds:
    """Sizes of answers, calls at once of each model, threads for the tools of each program, and times."""

    answer_bytes: int = MOST_ANSWER_BYTES
    tool_answer_characters: int = MOST_CHARACTERS
    model_calls: int = 100
    tool_threads: int = 16
    wait_seconds: float = 10.0
    idle_seconds: float = 10.0

    @classmethod
    def of(cls, settings: Settings) -> Bounds:
        """As they are set."""
        return cls(
            settings.model_answer_bytes,
            settings.tool_answer_characters,
            settings.model_calls,
            settings.tool_threads,
            settings.model_wait_seconds,
            settings.model_idle_seconds,
        )
