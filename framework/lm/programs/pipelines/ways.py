"""How the steps of a pipeline are carried out: on the event loop, or in the thread of an optimizer, without waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from framework.lm.dspy_setup import REPLAY, dspy
from framework.lm.programs.custom import is_somebodys
from framework.lm.programs.tool_threads import RUN_TOOL, RunTool, contained

Work = Callable[[], Coroutine[Any, Any, Any]]
AT_ONCE = 8


class Way(Protocol):
    """How things are done where the pipeline runs."""

    async def ask(self, module: Any, inputs: Mapping[str, Any]) -> Any:
        """The prediction of a module."""

    async def use(self, work: Callable[[], Any]) -> Any:
        """What a function gives."""

    async def all(self, works: Sequence[Work]) -> list[Any]:
        """What each gives, in order; none needs another."""


class InThread:
    """One after the other; what is awaited is done at once."""

    async def ask(self, module: Any, inputs: Mapping[str, Any]) -> Any:
        """The module is called."""
        return module(**inputs)

    async def use(self, work: Callable[[], Any]) -> Any:
        """The function is called."""
        return contained(work)

    async def all(self, works: Sequence[Work]) -> list[Any]:
        """One after the other."""
        return [await work() for work in works]


class OnLoop:
    """At the same time, as far as it goes: so many questions and functions of one program are under way at once."""

    def __init__(self) -> None:
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def ask(self, module: Any, inputs: Mapping[str, Any]) -> Any:
        """The module is awaited; one of somebody's own is called in one of the program's threads."""
        async with self._gate:
            if is_somebodys(module):
                return await self._run(partial(module, **inputs))
            return await module.acall(**inputs)

    async def use(self, work: Callable[[], Any]) -> Any:
        """In one of the program's threads for tools."""
        async with self._gate:
            return await self._run(work)

    async def all(self, works: Sequence[Work]) -> list[Any]:
        """Each with a trace of its own, so that the trace of all is in the order of the steps, whoever is quickest.

        In a run that remembers its answers it is one after the other: which of two equal questions comes first would
        hang on chance, and with it what the run has spent.
        """
        if dspy.settings.get(REPLAY) is not None:
            return [await work() for work in works]

        async def alone(work: Work) -> tuple[Any, list[Any]]:
            with dspy.context(trace=[]):
                return await work(), list(dspy.settings.trace)

        try:
            async with asyncio.TaskGroup() as tasks:
                under_way = [tasks.create_task(alone(work)) for work in works]
        except BaseExceptionGroup as several:
            first = _first(several)
            raise first from first.__cause__
        for task in under_way:
            if dspy.settings.trace is not None:
                dspy.settings.trace.extend(task.result()[1])
        return [task.result()[0] for task in under_way]

    async def _run(self, work: Callable[[], Any]) -> Any:
        run: RunTool = dspy.settings.get(RUN_TOOL, asyncio.to_thread)
        return await run(work)


def _first(several: BaseExceptionGroup[Any]) -> BaseException:
    """One of them that is none of many; what is no `Exception` before all others."""
    found = [_first(each) if isinstance(each, BaseExceptionGroup) else each for each in several.exceptions]
    return next((each for each in found if not isinstance(each, Exception)), found[0])


def at_once(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as ended:
        return ended.value
    coroutine.close()
    raise RuntimeError("a step of a pipeline waited in a thread")
