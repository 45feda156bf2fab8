"""Asking for answers, for as long as the process goes on and somebody waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from framework.actions.session import Session
from framework.errors import Failure, Unavailable
from framework.lm.calls.call import Answer, Call
from framework.lm.layer import LM
from framework.processes.client_disconnected import ClientDisconnected
from framework.processes.stopping import Stopping

# How long calls that are given up may take to let go.
GRACE_SECONDS = 0.5


async def ask(calls: Sequence[Call], session: Session) -> list[Answer | Failure]:
    """The answer of each call; the same failure for all when nobody is to have them any more.

    That is when the process is to end, or whoever asked has left.
    """
    layer = await session.layers.opened(LM)
    asking = asyncio.ensure_future(layer.execute(calls))
    stopping = asyncio.ensure_future(session.services.get(Stopping, Stopping()).wait())
    hung_up = asyncio.ensure_future(session.services.get(ClientDisconnected, _STAYS).wait())
    try:
        await asyncio.wait({asking, stopping, hung_up}, return_when=asyncio.FIRST_COMPLETED)
        if asking.done():
            return asking.result()
        given_up = interrupted() if stopping.done() else cancelled()
    finally:
        stopping.cancel()
        hung_up.cancel()
        if not asking.done():
            asking.cancel()
            await asyncio.wait({asking}, timeout=GRACE_SECONDS)
    return [given_up for _ in calls]


def interrupted() -> Failure:
    """What becomes of a question when the process ends."""
    return Unavailable("the server was stopped before the answer came", code="interrupted", hint="ask again")


def cancelled() -> Failure:
    """What becomes of a question whose asker has left: the model is hung up on."""
    return Unavailable("whoever asked had left before the answer came", code="cancelled", hint="ask again")


async def _for_ever() -> None:
    await asyncio.Event().wait()


_STAYS = ClientDisconnected(_for_ever)
