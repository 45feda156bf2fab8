"""A folder in which each of several processes leaves its metrics, so that whoever is asked tells of all of them."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class MetricsFolder:
    """The folder, and the number of this process among them."""

    folder: Path
    number: int

    def export(self, metrics: bytes) -> None:
        """What this process has measured so far, in place of what it left before."""
        draft = self.folder / f".{self.number}.{os.getpid()}"
        # A folder that has gone went with whoever kept these processes.
        with suppress(OSError):
            draft.write_bytes(metrics)
            draft.replace(self.folder / str(self.number))

    def others(self) -> dict[str, bytes]:
        """What the others left last, by their numbers."""
        found: dict[str, bytes] = {}
        with suppress(OSError):
            for each in sorted(self.folder.iterdir()):
                if each.name.isdigit() and each.name != str(self.number):
                    found[each.name] = each.read_bytes()
        return found
