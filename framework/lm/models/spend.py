"""What language models were asked for: one usage per call, and the running total of many."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Usage:
    """One call to a model. `replayed` marks an answer that an earlier attempt of the run was given."""

    model: str
    tokens_in: int
    tokens_out: int
    cost_usd: float | None
    latency_ms: float
    truncated: bool = False
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Spend:
    """A total: `cost_usd` is None once any call had no known price, since unknown is not zero."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = 0.0
    replayed: int = 0

    def plus(self, usage: Usage) -> Spend:
        """This total with one more call in it."""
        return self.and_also(Spend(1, usage.tokens_in, usage.tokens_out, usage.cost_usd, int(usage.replayed)))

    def and_also(self, other: Spend) -> Spend:
        """This total and another one together."""
        known = self.cost_usd is not None and other.cost_usd is not None
        return Spend(
            calls=self.calls + other.calls,
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            cost_usd=(self.cost_usd or 0.0) + (other.cost_usd or 0.0) if known else None,
            replayed=self.replayed + other.replayed,
        )

    def to_json(self) -> dict[str, Any]:
        """The total as JSON values."""
        return asdict(self)


class Meter:
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
