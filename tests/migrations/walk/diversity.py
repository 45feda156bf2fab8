"""What walks are made of: how often each move was made, in which manner, and which two never met in a step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement

from framework.sql.migrations.plan.decided.decisions import StepMode
from tests.migrations.walk.moves import ANY

STEPS = "steps"
Steps = Sequence[tuple[str, Sequence[str]]]
NAMES = sorted({move.__name__ for move in ANY})


def told(walks: Sequence[Steps]) -> Iterator[str]:
    """A small table; the first step of a walk is where it begins, and counts as none."""
    steps = [(manner, made) for walk in walks for manner, made in walk[1:]]
    yield f"{len(walks)} walks, {len(steps)} steps; of each move the steps, those online, those split, and the walks"
    for name in NAMES:
        having = [manner for manner, made in steps if name in made]
        manners = [having.count(mode) for mode in (StepMode.ONLINE, StepMode.SPLIT)]
        among = sum(any(name in made for _, made in walk[1:]) for walk in walks)
        yield f"  {name:14} {len(having):5} {manners[0]:5} {manners[1]:5} {among:5}"
    met = Counter(pair for _, made in steps for pair in _pairs(made))
    never = [pair for pair in combinations_with_replacement(NAMES, 2) if not met[pair]]
    possible = len(NAMES) * (len(NAMES) + 1) // 2
    yield f"{possible - len(never)} of {possible} pairs met in a step" + (": all but" if never else "")
    yield from (f"  {one} and {other}" for one, other in never[:20])


def _pairs(made: Sequence[str]) -> set[tuple[str, str]]:
    """Those of a step; a move with itself where it was made twice."""
    return {(min(one, other), max(one, other)) for place, one in enumerate(made) for other in made[place + 1 :]}
