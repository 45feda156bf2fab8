"""Asking for answers, for as long as the process that asks goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from framework.actions.session import Session
from framework.errors import Failure, Unavailable
from framework.lm.calls.call import Answer, Call
from framework.lm.layer import LM
from framework.processes.stopping import Stopping

# How long calls that are given up may take to let go.
GRACE_SECONDS = 0.5


async def ask(calls: Sequence[Call], session: Session) -> list[Answer | Failure]:
    """The answer of each call; the same failure for all when the process is to end before they have come."""
    layer = await session.layers.opened(LM)
    asking = asyncio.ensure_future(layer.execute(calls))
    stopping = asyncio.ensure_future(session.services.get(Stopping, Stopping()).wait())
    try:
        await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if asking.done():
            return asking.result()
    finally:
        stopping.cancel()
        if not asking.done():
            asking.cancel()
            await asyncio.wait({asking}, timeout=GRACE_SECONDS)
    return [interrupted() for _ in calls]


def interrupted() -> Failure:
    """What becomes of a question that nobody waits for any more."""
    return Unavailable("the server was stopped before the answer came", code="interrupted", hint="ask again")
