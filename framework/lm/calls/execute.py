"""Running programs: plain values in, plain values out, each call on its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_jsonable_python

from framework.errors import Failure
from framework.lm.calls.adapter import RememberingAdapter
from framework.lm.calls.call import Answer, Call
from framework.lm.calls.context_cache import REPLAY
from framework.lm.calls.failures import as_failure, timed_out, truncated
from framework.lm.calls.run_memory import RunMemory
from framework.lm.dspy_setup import dspy
from framework.lm.models.language_model import LanguageModels
from framework.lm.models.recorder import RECORDER, Recorder
from framework.lm.models.secrets import Secrets
from framework.lm.models.spend import Spend, Usage
from framework.lm.payloads.payloads import plain, validate_inputs, validate_outputs
from framework.lm.programs.modules import runs_in_a_thread
from framework.lm.programs.signature import input_values
from framework.lm.programs.state import ProgramCache
from framework.lm.programs.tools import AllowedTools

_ADAPTER = RememberingAdapter()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run adds around its calls: a memory of answers it was given, and who counts what is spent."""

    memory: RunMemory | None = None
    on_usage: Callable[[Usage], object] = lambda _: None


class LmLayer:
    """The data layer of everything that a language model answers. One per process; safe to share."""

    def __init__(self, *, secrets: Secrets | None = None, tools: AllowedTools | None = None) -> None:
        self.tools = tools or AllowedTools()
        self.models = LanguageModels(secrets)
        self.programs = ProgramCache(self.tools)

    async def execute(self, calls: Sequence[Call], *, concurrency: int = 32) -> list[Answer | Failure]:
        """The answers in the order of the calls; a call that fails gives its failure and disturbs no other."""
        gate = asyncio.Semaphore(concurrency)

        async def guarded(call: Call) -> Answer | Failure:
            async with gate:
                return await self.answer(call)

        if len(calls) == 1:
            return [await self.answer(calls[0])]
        return list(await asyncio.gather(*(guarded(call) for call in calls)))

    async def answer(self, call: Call, around: Surroundings = Surroundings()) -> Answer | Failure:
        """The answer to one call, or its failure."""
        started = time.perf_counter()
        usages: list[Usage] = []
        try:
            given = validate_inputs(call.definition.signature, call.inputs)
            ready = input_values(call.definition.signature, dict(given))
            prediction = await self._predict(call, ready, usages=usages, around=around)
            outputs = _outputs(call, prediction, usages)
        except Exception as error:  # noqa: BLE001 - becomes the failure of this call alone
            return truncated(call.model) if _cut_off(usages) else as_failure(error, call.model)
        spent = Spend()
        for usage in usages:
            spent = spent.plus(usage)
        return Answer(
            outputs=outputs,
            details=_details(call, prediction),
            model=call.model.name,
            latency_ms=(time.perf_counter() - started) * 1000,
            tokens_in=spent.tokens_in,
            tokens_out=spent.tokens_out,
            cost_usd=spent.cost_usd,
            calls=spent.calls,
        )

    async def aclose(self) -> None:
        """Let go of the connections of this event loop."""
        await self.models.aclose()

    async def _predict(self, call: Call, given: dict[str, Any], *, usages: list[Usage], around: Surroundings) -> Any:
        def count(usage: Usage) -> None:
            usages.append(usage)
            around.on_usage(usage)

        program = self.programs.get(call.definition, call.state)
        memory = around.memory
        lm = self.models.remembering(call.model) if memory is not None else self.models.get(call.model)
        with dspy.context(lm=lm, callbacks=[], **quiet(count, memory)):
            try:
                async with asyncio.timeout(_patience(call)):
                    run = dspy.asyncify(program) if runs_in_a_thread(call.definition) else program.acall
                    return await run(**given)
            except TimeoutError:
                raise timed_out(call.model) from None


def quiet(count: Callable[[Usage], object], memory: RunMemory | None) -> dict[str, Any]:
    """The settings of DSPy that every call and every run has in common."""
    recorder = Recorder(count) if memory is None else Recorder(count, repeated=memory.repeats)
    return {
        "adapter": _ADAPTER,
        "trace": [],
        "disable_history": False,
        "allow_tool_async_sync_conversion": True,
        RECORDER: recorder,
        REPLAY: memory,
    }


def _patience(call: Call) -> float:
    """How long a whole program may take: every call it may make, with every retry of each."""
    module = call.definition.module
    steps = {"predict": 2, "chain_of_thought": 2, "react": 2 * module.max_iters + 2, "best_of_n": 2 * module.n}
    return call.model.timeout_seconds * (call.model.num_retries + 1) * steps[module.kind]


def _outputs(call: Call, prediction: Any, usages: Sequence[Usage]) -> dict[str, Any]:
    if _cut_off(usages):
        raise truncated(call.model)
    signature = call.definition.signature
    return plain(validate_outputs(signature, {name: prediction.get(name) for name in signature.output_names}))


def _cut_off(usages: Sequence[Usage]) -> bool:
    """Whether the last answer was cut off; what came of it may look whole."""
    return bool(usages) and usages[-1].truncated


def _details(call: Call, prediction: Any) -> dict[str, Any]:
    declared = set(call.definition.signature.output_names)
    beside = {name: value for name, value in prediction.items() if name not in declared}
    return {name: to_jsonable_python(value, fallback=str) for name, value in beside.items()}
