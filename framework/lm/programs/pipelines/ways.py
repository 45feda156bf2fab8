"""How the steps of a pipeline are carried out: on the event loop, or in the thread of an optimizer, without waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol

from framework.lm.dspy_setup import dspy
from framework.lm.programs.tool_threads import RUN_TOOL, RunTool

Work = Callable[[], Coroutine[Any, Any, Any]]
# So many blocks of one step are under way at once; the model has a bound of its own.
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
        return work()

    async def all(self, works: Sequence[Work]) -> list[Any]:
        """One after the other."""
        return [await work() for work in works]


class OnLoop:
    """At the same time, as far as it goes."""

    async def ask(self, module: Any, inputs: Mapping[str, Any]) -> Any:
        """The module is awaited."""
        return await module.acall(**inputs)

    async def use(self, work: Callable[[], Any]) -> Any:
        """In one of the program's threads for tools."""
        run: RunTool = dspy.settings.get(RUN_TOOL, asyncio.to_thread)
        return await run(work)

    async def all(self, works: Sequence[Work]) -> list[Any]:
        """Each with a trace of its own, so that the trace of all is in the order of the steps, whoever is quickest."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def alone(work: Work) -> tuple[Any, list[Any]]:
            async with gate:
                with dspy.context(trace=[]):
                    return await work(), list(dspy.settings.trace)

        try:
            async with asyncio.TaskGroup() as tasks:
                under_way = [tasks.create_task(alone(work)) for work in works]
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
        for task in under_way:
            if dspy.settings.trace is not None:
                dspy.settings.trace.extend(task.result()[1])
        return [task.result()[0] for task in under_way]


def at_once(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as ended:
        return ended.value
    coroutine.close()
    raise RuntimeError("a step of a pipeline waited in a thread")
