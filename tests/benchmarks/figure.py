"""A figure: what was measured of ours and of a peer, in the same run, and how they compare."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Better(StrEnum):
    """Which way a figure improves."""

    LOWER = "lower"
    HIGHER = "higher"


@dataclass(frozen=True, slots=True)
class Peer:
    """What ours is compared with, and what it took in each run."""

    name: str
    runs: Sequence[float]


@dataclass(frozen=True, slots=True)
class Figure:
    """The medians of alternating runs. `target` is what was set out for, in words; `met` whether it was reached."""

    bench: str
    ours: Sequence[float]
    peer: Peer
    unit: str
    better: Better = Better.LOWER
    target: str | None = None
    met: bool | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def aiming(self, target: str, *, met: bool) -> Figure:
        """The same figure beside what was set out for."""
        return replace(self, target=target, met=met)

    @property
    def value(self) -> float:
        """What ours took."""
        return statistics.median(self.ours)

    @property
    def peer_value(self) -> float:
        """What the peer took."""
        return statistics.median(self.peer.runs)

    @property
    def ratio(self) -> float:
        """How many times better than the peer ours is; below 1 it is worse."""
        ours, peer = self.value, self.peer_value
        return peer / ours if self.better is Better.LOWER else ours / peer

    def as_json(self) -> dict[str, Any]:
        """The figure as one line of `make bench` has it."""
        aim = {} if self.target is None else {"target": self.target, "met": self.met}
        return {
            "bench": self.bench,
            "ours": rounded(self.value),
            "peer": self.peer.name,
            "peer_value": rounded(self.peer_value),
            "unit": self.unit,
            "ratio": rounded(self.ratio),
            "runs": len(self.ours),
            "better": str(self.better),
            "ours_spread": [rounded(min(self.ours)), rounded(max(self.ours))],
            "peer_spread": [rounded(min(self.peer.runs)), rounded(max(self.peer.runs))],
            **aim,
            **self.details,
        }


def put(figure: Figure) -> None:
    """One line for programs on standard output, one for people on standard error."""
    sys.stdout.write(json.dumps(figure.as_json()) + "\n")
    sys.stdout.flush()
    mark = {True: "  reached", False: "  NOT reached", None: ""}[figure.met]
    aim = "" if figure.target is None else f"  (target: {figure.target}{mark})"
    more = "".join(f"  {name}={value}" for name, value in figure.details.items())
    say(
        f"{figure.bench:<24} {rounded(figure.value):>9} {figure.unit:<10} {figure.peer.name}: "
        f"{rounded(figure.peer_value)}  ratio {rounded(figure.ratio)}{aim}{more}"
    )


def say(words: str) -> None:
    """One line for people."""
    sys.stderr.write(words + "\n")


def rounded(value: float) -> float:
    """As many digits as mean something."""
    return float(f"{value:.4g}")
