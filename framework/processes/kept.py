"""What a process has of the one that keeps it: how it shows that it goes on, how often it was started anew, and the
port that it shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from framework.figures import Figure
from framework.processes.pulse import Pulse


@dataclass(frozen=True, slots=True)
class SharedPort:
    """A listening socket that several processes answer at, by its number, and which of them this is.

    In the folder each leaves what it has measured, so that whoever is asked can tell of all.
    """

    socket: int
    number: int
    folder: Path

    def __str__(self) -> str:
        return f"{self.socket}:{self.number}:{self.folder}"

    @classmethod
    def of(cls, text: str) -> SharedPort:
        """As it is handed over on the command line."""
        socket, number, folder = text.split(":", 2)
        return cls(int(socket), int(number), Path(folder))


@dataclass(frozen=True, slots=True)
class Kept:
    """Of one that nobody keeps it is nothing."""

    pulse: Pulse = field(default_factory=Pulse)
    shared: SharedPort | None = None
    restarts: int = 0

    def figures(self) -> list[Figure]:
        """As they are just now."""
        return [
            Figure("dspex_restarts_total", "How often whoever keeps this process has started it anew.", self.restarts)
        ]


ALONE = Kept()
