"""Running programs: plain values in, plain values out, each call on its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from framework.errors import Failure, Unavailable
from framework.figures import Figure
from framework.lm.calls.adapters import ADAPTERS
from framework.lm.calls.bounds import Bounds
from framework.lm.calls.call import Answer, Call
from framework.lm.calls.call_counts import CallCounts
from framework.lm.calls.context_cache import answered_from
from framework.lm.calls.details import details_of
from framework.lm.calls.failures import as_failure, sayable, timed_out
from framework.lm.calls.replay import CallMemory
from framework.lm.dspy_setup import DEADLINE, dspy
from framework.lm.models.bounded_transport import ANSWER_BYTES, NETWORKS
from framework.lm.models.language_model import LanguageModels
from framework.lm.models.model import ModelDefinition
from framework.lm.models.networks import ModelNetworks
from framework.lm.models.recorder import PLACE_IN_TRACE, RECORDER, Recorder
from framework.lm.models.secrets import Secrets
from framework.lm.models.spend import Spend, Usage
from framework.lm.payloads.payloads import plain, validate_inputs, validate_outputs
from framework.lm.programs.custom import is_somebodys
from framework.lm.programs.observations import OBSERVATION_CHARACTERS
from framework.lm.programs.program import ProgramDefinition
from framework.lm.programs.signature import input_values
from framework.lm.programs.state import ProgramCache
from framework.lm.programs.tool_threads import RUN_TOOL, RunTool, ToolThreads
from framework.lm.programs.tools import AllowedTools
from framework.places import RETRY_AFTER_SECONDS, Places
from framework.settings import Settings
from framework.telemetry import here


def open_layer(settings: Settings) -> LmLayer:
    """The layer of a process; nothing connects until it is used."""
    return LmLayer(
        secrets=Secrets.of(settings),
        tools=AllowedTools(settings.allowed_tools),
        bounds=Bounds.of(settings),
        networks=ModelNetworks.of(settings),
    )


class LmLayer:
    """The data layer of everything that a language model answers. One per process; safe to share."""

    def __init__(
        self,
        *,
        secrets: Secrets | None = None,
        tools: AllowedTools | None = None,
        bounds: Bounds | None = None,
        networks: ModelNetworks | None = None,
    ) -> None:
        self._networks = networks or ModelNetworks()
        self._bounds = bounds = bounds or Bounds()
        self.tools = tools or AllowedTools()
        self.models = LanguageModels(secrets, idle_seconds=bounds.idle_seconds)
        self._places = Places(bounds.model_calls)
        self._tool_threads = ToolThreads(bounds.tool_threads)
        self._counts = CallCounts()
        self.programs = ProgramCache(self.tools)
        self._adapters = {name: make() for name, make in ADAPTERS.items()}

    async def execute(self, calls: Sequence[Call], *, concurrency: int = 32) -> list[Answer | Failure]:
        """The answers in the order of the calls; a call that fails gives its failure and disturbs no other."""
        gate = asyncio.Semaphore(concurrency)

        async def guarded(call: Call) -> Answer | Failure:
            async with gate:
                return await self._answer(call)

        if len(calls) == 1:
            return [await self._answer(calls[0])]
        return list(await asyncio.gather(*(guarded(call) for call in calls)))

    def figures(self) -> list[Figure]:
        """Calls of models, and threads of tools."""
        return [*self._counts.figures(self._places.standing()), *self._tool_threads.figures()]

    async def aclose(self) -> None:
        """Let go of the connections of this event loop."""
        await self.models.aclose()

    def dspy_settings(
        self, program: ProgramDefinition, count: Callable[[Usage], object], memory: CallMemory | None
    ) -> dict[str, Any]:
        """What `dspy.context` is told for every call and every run."""
        recorder = Recorder(count) if memory is None else Recorder(count, repeated=memory.repeats)
        return {
            "adapter": self._adapters[program.settings.adapter],
            "trace": [],
            "disable_history": False,
            "allow_tool_async_sync_conversion": True,
            RECORDER: recorder,
            PLACE_IN_TRACE: here(),
            **answered_from(memory),
            ANSWER_BYTES: self._bounds.answer_bytes,
            NETWORKS: self._networks,
            OBSERVATION_CHARACTERS: self._bounds.tool_answer_characters,
        }

    async def _answer(self, call: Call) -> Answer | Failure:
        started = time.perf_counter()
        usages: list[Usage] = []
        try:
            given = validate_inputs(call.definition.signature, call.inputs)
            ready = input_values(call.definition.signature, dict(given))
            prediction = await self._in_its_turn(call, ready, usages)
            return _answer(call, prediction, usages, took=(time.perf_counter() - started) * 1000)
        except Exception as error:  # noqa: BLE001 - becomes the failure of this call alone
            failure = sayable(as_failure(error, call.model))
            self._counts.failed(call.model, failure)
            return failure

    async def _in_its_turn(self, call: Call, given: dict[str, Any], usages: list[Usage]) -> Any:
        """Ask with a place at the model, whose connections are kept meanwhile."""
        busy = _busy(call.model, self._places.most)
        await self._places.take(call.model, seconds=self._wait(call), busy=busy)
        try:
            async with self.models.in_use(call.model):
                return await self._predict(call, given, usages)
        finally:
            self._places.give_back(call.model)

    def _wait(self, call: Call) -> float:
        wait = call.context.wait_seconds
        return self._bounds.wait_seconds if wait is None else wait

    async def _predict(self, call: Call, given: dict[str, Any], usages: list[Usage]) -> Any:
        def count(usage: Usage) -> None:
            usages.append(usage)
            call.context.on_usage(usage)

        program = self.programs.kept(call.definition, call.state)
        if program is None:
            # Somebody's own class may read an index first.
            program = await asyncio.to_thread(self.programs.get, call.definition, call.state)
        memory = call.context.memory
        model = self.models.get(call.model) if memory is None else self.models.remembering(call.model)
        lm = asked_as(call.definition, model)
        patience = _patience(call)
        key = self.programs.key(call.definition, call.state)
        tools = self._tool_threads.of(call.definition, key, seconds=self._wait(call))
        settings = {
            **self.dspy_settings(call.definition, count, memory),
            DEADLINE: time.monotonic() + patience,
            RUN_TOOL: tools,
        }
        with dspy.context(lm=lm, callbacks=[], **settings):
            try:
                async with asyncio.timeout(patience):
                    return await _asked(program, given, tools)
            except TimeoutError:
                raise timed_out(call.model) from None


def asked_as(program: ProgramDefinition, lm: Any) -> Any:
    """The model with what a program says of its calls; its connections are the same."""
    settings = program.settings.for_model()
    return lm.copy(**settings) if settings else lm


async def _asked(program: Any, given: Mapping[str, Any], tools: RunTool) -> Any:
    """The prediction of a program; somebody's own module is called in one of its threads for tools."""
    found = await (tools(partial(program, **given)) if is_somebodys(program) else program.acall(**given))
    if not isinstance(found, dspy.Prediction):
        says = f"the program gave a {type(found).__name__}, which is no prediction"
        raise Unavailable(says, code="program_failed", hint="let its `forward` return a dspy.Prediction")
    return found


def _busy(model: ModelDefinition, most: int) -> Unavailable:
    return Unavailable(
        f"the model {model.name!r} is busy: {most} calls are under way, and none has ended in time",
        code="model_busy",
        params={"model": model.name, "most": most, "retry_after": RETRY_AFTER_SECONDS},
        hint="try again later; see whether the model hangs",
    )


def _patience(call: Call) -> float:
    """How long a whole program may take: every call it may make, with every retry of each."""
    return call.model.timeout_seconds * (call.model.num_retries + 1) * 2 * max(call.definition.module.calls, 1)


def _answer(call: Call, prediction: Any, usages: Sequence[Usage], *, took: float) -> Answer:
    """What a program gave, as values that can be kept; raises Failure for outputs that are none of its signature."""
    signature, spent = call.definition.signature, Spend()
    for usage in usages:
        spent = spent.plus(usage)
    return Answer(
        outputs=plain(validate_outputs(signature, {name: prediction.get(name) for name in signature.output_names})),
        details=details_of(prediction, signature.output_names),
        model=call.model.name,
        latency_ms=took,
        tokens_in=spent.tokens_in,
        tokens_out=spent.tokens_out,
        cost_usd=spent.cost_usd,
        calls=spent.calls,
    )
