"""Figures of a process and of what it works with, as values: who shows them decides in which form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Figure:
    """One reading: `dspex_jobs{queue="default",state="queued"} 7`.

    Names end in their unit; one that ends in `_total` only grows while its process lives.
    """

    name: str
    about: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class Tells(Protocol):
    """Has figures of its own."""

    def figures(self) -> list[Figure]:
        """As they are just now."""
        ...


class Measures(Protocol):
    """Takes note of how long things took."""

    def action(self, name: str, outcome: str, seconds: float) -> None:
        """A call of an action, `ok` or the code of its failure."""
        ...

    def job(self, name: str, outcome: str, seconds: float) -> None:
        """An attempt of a job, and the state that it left the job in."""
        ...

    def loop_delay(self, seconds: float) -> None:
        """By how much the event loop was late."""
        ...
