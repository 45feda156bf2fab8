"""Verbs of the notes domain."""

from __future__ import annotations

from collections.abc import Sequence

from framework.actions.request import Call
from framework.actions.session import Session
from framework.errors import Conflict, Failure


async def measure_all(calls: Sequence[Call], session: Session) -> list[object]:
    """The length of each word; a word that is "lie" makes the verb break its promise."""
    return [
        "not a number" if c.arguments["word"] == "lie" else len(c.arguments["word"]) * c.arguments["factor"]
        for c in calls
    ]


async def fragile(calls: Sequence[Call], session: Session) -> list[str | Failure]:
    """Every second call fails."""
    return ["fine" if index % 2 == 0 else Conflict("broken", path=("id",)) for index, _ in enumerate(calls)]


async def forgetful(calls: Sequence[Call], session: Session) -> list[str]:
    """One result, however many calls there are."""
    return ["fine"]
