"""How much memory a process of the pool may take before another one follows it: what libraries leak goes with it."""

from __future__ import annotations

from dataclasses import dataclass

from billiard.compat import mem_rss


@dataclass(frozen=True, slots=True)
class Recycling:
    """Celery ends a child after a message; one that works off a queue has to end the message for that."""

    most_mb: int

    @property
    def most_kb(self) -> int | None:
        """As Celery is told it; None for as much as a child takes."""
        return self.most_mb * 1024 or None

    @property
    def is_due(self) -> bool:
        """Whether this process has taken more at its most, as Celery measures it."""
        return self.most_kb is not None and mem_rss() > self.most_kb
