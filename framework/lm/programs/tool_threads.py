"""Where somebody's own code runs, tools and modules that cannot be awaited: it may block or hang, so each call has a
thread, of which a program has so many.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from framework.errors import Unavailable
from framework.figures import Figure
from framework.lm.programs.program import ProgramDefinition
from framework.places import RETRY_AFTER_SECONDS, Places

RUN_TOOL = "dspex_run_tool"
# What a copy of this process ends with, which a tool or a module has made and not ended.
FORKED = 70
RunTool = Callable[[Callable[[], Any]], Awaitable[Any]]


ENDINGS = (
    SystemExit, KeyboardInterrupt, GeneratorExit, StopIteration, StopAsyncIteration, asyncio.CancelledError,
)  # fmt: skip


class EndedByItself(Exception):
    """Somebody's code wanted to end the process that runs it, or its caller's loop."""


def contained(work: Callable[[], Any]) -> Any:
    """What the code gives; what would end the process, or be lost on the way, is an error like any other."""
    try:
        return work()
    except ENDINGS as error:
        raise EndedByItself(type(error).__name__) from error


def end_if_copy(process: int) -> None:
    """Ends this process where it is a copy of the one with that number: somebody's code has forked."""
    if os.getpid() != process:
        os._exit(FORKED)


class ToolsBusy(Unavailable):
    """No thread for a tool: what ends the call, whereas what a tool raises is told to the model."""


class ToolThreads:
    """Threads for tools, `most` of them for each program; one that hangs counts until it ends, whoever has gone."""

    def __init__(self, most: int) -> None:
        self._places = Places(most)

    def figures(self) -> list[Figure]:
        """How many threads the tools of each program have."""
        taken: Counter[str] = Counter()
        for kind, (threads, _) in self._places.standing().items():
            taken[str(kind[0])] += threads  # type: ignore[index]  # as `of` names it
        about = "Threads that the tools of a program have, those that hang among them."
        return [Figure("dspex_tool_threads", about, number, {"program": name}) for name, number in taken.items()]

    def of(self, program: ProgramDefinition, key: str, *, seconds: float) -> RunTool:
        """What runs the code of a program, known by its digest, and waits so long for a thread. Raises ToolsBusy."""
        most, kind = self._places.most, (program.name, key)
        busy = ToolsBusy(
            f"the tools of the program {program.name!r} are busy: {most} of its calls are under way and do not end",
            code="tools_busy",
            params={"program": program.name, "most": most, "retry_after": RETRY_AFTER_SECONDS},
            hint="try again later; see whether a tool hangs",
        )

        async def run(work: Callable[[], Any]) -> Any:
            await self._places.take(kind, seconds=seconds, busy=busy)
            loop = asyncio.get_running_loop()
            ended: asyncio.Future[Any] = loop.create_future()
            context, process = contextvars.copy_context(), os.getpid()

            def in_its_thread() -> None:
                try:
                    found, error = context.run(contained, work), None
                except BaseException as raised:  # noqa: BLE001 - raised where the tool is waited for
                    found, error = None, raised
                end_if_copy(process)
                self._places.give_back(kind)
                if not loop.is_closed():
                    loop.call_soon_threadsafe(_deliver, ended, found, error)

            threading.Thread(target=in_its_thread, name="tool", daemon=True).start()
            return await ended

        return run


def _deliver(ended: asyncio.Future[Any], found: Any, error: BaseException | None) -> None:
    if ended.done():
        return
    if error is None:
        ended.set_result(found)
    else:
        ended.set_exception(error)
