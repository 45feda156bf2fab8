"""What language models were asked for: one usage per call, and the running total of many."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

Number = TypeVar("Number", int, float)


class Stop(StrEnum):
    """Why an answer is not whole: it was too long, or the provider's filter ended it."""

    LENGTH = "length"
    CONTENT_FILTER = "content_filter"


class StoppedAnswer(Exception):
    """An answer that is not whole, however whole it looks."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(f"the answer was ended: {stop}")
        self.stop = stop


@dataclass(frozen=True, slots=True)
class Usage:
    """One call to a model; its tokens are None where the endpoint does not say them.

    `stop` is there for an answer that is not whole, `replayed` marks one that an earlier attempt of the run was given.
    """

    model: str
    tokens_in: int | None
    tokens_out: int | None
    cost_usd: float | None
    latency_ms: float
    stop: Stop | None = None
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Spend:
    """A total. What is not known of one call is not known of all: unknown is not zero."""

    calls: int = 0
    tokens_in: int | None = 0
    tokens_out: int | None = 0
    cost_usd: float | None = 0.0
    replayed: int = 0

    def plus(self, usage: Usage) -> Spend:
        """This total with one more call in it."""
        return self.and_also(Spend(1, usage.tokens_in, usage.tokens_out, usage.cost_usd, int(usage.replayed)))

    def and_also(self, other: Spend) -> Spend:
        """This total and another one together."""
        return Spend(
            calls=self.calls + other.calls,
            tokens_in=_sum(self.tokens_in, other.tokens_in),
            tokens_out=_sum(self.tokens_out, other.tokens_out),
            cost_usd=_sum(self.cost_usd, other.cost_usd),
            replayed=self.replayed + other.replayed,
        )

    @property
    def tokens(self) -> int | None:
        """Those read and those written."""
        return _sum(self.tokens_in, self.tokens_out)

    def to_json(self) -> dict[str, Any]:
        """The total as JSON values."""
        return asdict(self)


class UsageCounter:
    """The running total of calls made from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._total = Spend()

    @property
    def total(self) -> Spend:
        """Everything counted until now."""
        with self._lock:
            return replace(self._total)

    def add(self, usage: Usage) -> Spend:
        """Count one call."""
        with self._lock:
            self._total = self._total.plus(usage)
            return self._total


def _sum(one: Number | None, other: Number | None) -> Number | None:
    return None if one is None or other is None else one + other
