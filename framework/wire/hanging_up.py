"""Clients that leave before they are answered: what was only asked for their sake is not carried on."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request

T = TypeVar("T")


async def unless_left(request: Request, answering: Coroutine[Any, Any, T]) -> T:
    """The answer; raises ClientDisconnect when the client leaves before, once the work for it has been cancelled.

    For what reads. The body has been read by then, or there is none. A statement that runs is cancelled in
    PostgreSQL too, by the driver.
    """
    work, leaving = asyncio.create_task(answering), asyncio.create_task(left(request))
    try:
        await asyncio.wait((work, leaving), return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        raise ClientDisconnect
    finally:
        work.cancel()
        leaving.cancel()
        await asyncio.gather(work, leaving, return_exceptions=True)


async def left(request: Request) -> None:
    """Returns once the client has hung up; to be asked when the body has been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
