"""DSPy's blocking search in a thread of its own, left behind when it does not stop in time."""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from framework.lm.calls.cancellation import Cancellation
from framework.lm.optimize.budget_guard import BudgetGuard, Cause, StopOptimization
from framework.lm.programs.tool_threads import contained, end_if_copy

Notes = tuple[str, ...]
GRACE_SECONDS = 0.25


async def run_optimizer(
    work: Callable[[], Notes], *, guard: BudgetGuard, cancellation: Cancellation, seconds: float | None
) -> Notes | None:
    """The notes of a search that ended by itself, or None for one that was stopped.

    A call that is in flight cannot be interrupted from outside. After a moment's grace the thread is left to itself;
    it ends at its next call to a model, and what it reports until then is dropped.
    """
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[Notes | None] = loop.create_future()
    # In the context of whoever waits, so that it belongs to the same trace.
    run = contextvars.copy_context().run
    threading.Thread(target=run, args=(_run, work, loop, ended), name="optimizer", daemon=True).start()
    stop = asyncio.Event()
    with _stopping(stop, guard=guard, cancellation=cancellation, seconds=seconds):
        waiter = asyncio.ensure_future(stop.wait())
        try:
            both: set[asyncio.Future[Any]] = {ended, waiter}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                await asyncio.wait({ended}, timeout=GRACE_SECONDS)
            return ended.result() if ended.done() else None
        finally:
            waiter.cancel()
            if not ended.done():
                guard.stop(Cause.CANCELLED)


@contextmanager
def _stopping(
    stop: asyncio.Event, *, guard: BudgetGuard, cancellation: Cancellation, seconds: float | None
) -> Iterator[None]:
    """Set `stop` when somebody cancels or the time is over."""
    loop = asyncio.get_running_loop()

    def out_of_time() -> None:
        guard.stop(Cause.BUDGET)
        stop.set()

    timer = loop.call_later(seconds, out_of_time) if seconds is not None else None
    forget = cancellation.subscribe(lambda: loop.call_soon_threadsafe(stop.set))
    try:
        yield
    finally:
        forget()
        if timer is not None:
            timer.cancel()


def _run(work: Callable[[], Notes], loop: asyncio.AbstractEventLoop, ended: asyncio.Future[Notes | None]) -> None:
    process = os.getpid()

    def searched() -> Notes:
        try:
            return work()
        finally:
            end_if_copy(process)

    try:
        notes = contained(searched)
    except StopOptimization:
        _deliver(loop, lambda: ended.set_result(None), ended)
    except BaseException as error:  # noqa: BLE001 - raised where the search is waited for
        caught = error
        _deliver(loop, lambda: ended.set_exception(caught), ended)
    else:
        _deliver(loop, lambda: ended.set_result(notes), ended)


def _deliver(loop: asyncio.AbstractEventLoop, result: Callable[[], None], ended: asyncio.Future[Notes | None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(lambda: None if ended.done() else result())
