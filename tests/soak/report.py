"""The table at the end: what was struck, how soon it served again, and which promises were kept."""

from __future__ import annotations

import json
import statistics
import sys
from collections import Counter
from collections.abc import Iterable, Sequence

from tests.soak.part import Verdict
from tests.soak.strikes import Struck

SHOWN = 5


def put_struck(struck: Sequence[Struck]) -> None:
    """A row for each role."""
    say("\n| what befell it | times | API ready again, median / max |")
    say("|---|---|---|")
    for name in sorted({each.name for each in struck}):
        mine = [each for each in struck if each.name == name]
        ready = [each.ready for each in mine if each.ready is not None]
        took = f"{statistics.median(ready):.1f} / {max(ready):.1f} s" if ready else ""
        gone = [each.gone for each in mine if each.gone is not None]
        say(f"| {name} | {len(mine)} | {took}{f'; all gone after {max(gone):.1f} s at most' if gone else ''} |")


def put_verdicts(verdicts: Iterable[Verdict]) -> None:
    """A row for each promise, and what broke it below."""
    verdicts = list(verdicts)
    say("\n| promise | put to the test | broken |")
    say("|---|---|---|")
    for each in verdicts:
        say(f"| {each.promise} | {each.of} | {len(each.broken) or 'never'} |")
    for each in verdicts:
        for case in each.broken[:SHOWN]:
            say(f"\nBROKEN: {each.promise}: {case}")


def put_refusals(refused: Counter[str], asked: int) -> None:
    """What clients were refused with."""
    told = ", ".join(f"{name} {count}" for name, count in refused.most_common())
    say(f"\n{asked} requests; refused: {told or 'none'}")


def put_held(log: str) -> None:
    """How long the API's event loop was held, if it was."""
    lines = (json.loads(line) for line in log.splitlines() if '"loop.held"' in line)
    held = sorted(line["seconds"] for line in lines)
    if held:
        middle = statistics.median(held)
        say(f"\nthe API's event loop was held {len(held)} times, {middle} s in the middle, {held[-1]} s at most")


def put_gave_up(complaints: Sequence[str]) -> None:
    """What `dspex up` said that was struck before it was ready, and was started again."""
    for said, count in Counter(each.splitlines()[-1] for each in complaints).items():
        say(f"\n`dspex up` gave up while it started, {count} times: {said}")


def say(words: str) -> None:
    """A line."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
