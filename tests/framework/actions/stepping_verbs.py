"""The verb of the parcels: it tells what it was called with."""

from __future__ import annotations

from collections.abc import Sequence

from framework.actions.request import Call
from framework.actions.session import Session
from framework.errors import Failure, Unavailable

SEEN: list[str] = []


async def weigh(calls: Sequence[Call], session: Session) -> list[int | Failure]:
    """The weight that each call comes with; a negative one cannot be weighed."""
    SEEN.append("verb")
    return [
        call.arguments["weight"] if call.arguments["weight"] >= 0 else Unavailable("the scales are broken")
        for call in calls
    ]


async def name(calls: Sequence[Call], session: Session) -> list[str]:
    """The label of the record that each call is about."""
    return [str(call.record and call.record["label"]) for call in calls]
