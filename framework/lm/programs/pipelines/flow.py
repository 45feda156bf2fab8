"""A pipeline as a DSPy module: its predictors are attributes by the names of their steps, as in a class of one's own.

The steps are gone through by one coroutine, whether a thread or an event loop runs it (`ways.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from framework.errors import Failure, Invalid, Unavailable
from framework.lm.dspy_setup import dspy
from framework.lm.modules.flow import input_sources, output_sources
from framework.lm.modules.steps import STEP, Ask, Block, Choose, ForEach, Repeat, Step, Together, UseTool
from framework.lm.payloads.payloads import plain, validate_inputs
from framework.lm.programs.code_place import place_of
from framework.lm.programs.observations import ended, observed
from framework.lm.programs.pipelines.values import Values
from framework.lm.programs.pipelines.ways import InThread, OnLoop, Way, at_once
from framework.lm.programs.signature import input_values, plain_value

_Module: Any = dspy.Module
TAKEN = "steps"


class Flow(_Module):  # type: ignore[misc]  # DSPy is untyped
    """What a pipeline does, with `parts`: the module or tool of each step that has one."""

    def __init__(self, block: Block, outputs: Sequence[str], parts: Mapping[str, Any]) -> None:
        super().__init__()
        self._block, self._outputs = block, tuple(outputs)
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, **inputs: Any) -> Any:
        """Ask in this thread."""
        return at_once(self._answered(inputs, InThread()))

    async def aforward(self, **inputs: Any) -> Any:
        """Ask on the event loop."""
        return await self._answered(inputs, OnLoop())

    async def _answered(self, inputs: Mapping[str, Any], way: Way) -> Any:
        run = _Run(self, way)
        after = await run.through(self._block.steps, Values(inputs, {}))
        found = after.named(output_sources(self._block, self._outputs))
        beside = {} if TAKEN in self._outputs else {TAKEN: run.taken}
        return dspy.Prediction(**found, **beside)


class _Run:
    """One question on its way through the steps; `taken` is what each gave, in order."""

    def __init__(self, flow: Flow, way: Way) -> None:
        self._flow, self._way = flow, way
        self.taken: list[dict[str, Any]] = []

    async def through(self, steps: Sequence[Step], scope: Values) -> Values:
        for step in steps:
            try:
                scope = scope.after(step, await self._step(step, scope))
            except Exception as error:
                # The innermost step is the one that failed.
                if not hasattr(error, STEP):
                    setattr(error, STEP, step.name)
                raise
        return scope

    async def _step(self, step: Step, scope: Values) -> Any:
        match step:
            case Ask():
                return await self._ask(step, scope)
            case UseTool():
                return await self._use(step, scope)
            case ForEach():
                return await self._for_each(step, scope)
            case Together():
                found = await self._all([(block, scope) for block in step.blocks])
                return {name: value for gave in found for name, value in gave.items()}
            case Choose():
                chosen = next(block for block in step.blocks if block.when is None or scope.hold(block.when))
                return await self._block(chosen, scope)
            case Repeat():
                return await self._repeat(step, scope)

    async def _ask(self, step: Ask, scope: Values) -> Any:
        given = plain(plain_value(scope.named(input_sources(step, scope.values))))
        try:
            inputs = input_values(step.signature, validate_inputs(step.signature, given))
        except Failure as failure:
            raise Invalid.of(issue.under("steps", step.name) for issue in failure.issues) from None
        prediction = await self._way.ask(getattr(self._flow, step.name), inputs)
        return self._took(step, dict(prediction.items()))

    async def _use(self, step: UseTool, scope: Values) -> Any:
        given = plain(plain_value(scope.named(step.inputs)))
        try:
            found = ended(await self._way.use(partial(getattr(self._flow, step.name), **given)))
        except Failure:
            raise
        except Exception as error:
            place = place_of(error)
            says = f"`{step.tool}` failed: {type(error).__name__}{'' if place is None else f' in {place}'}"
            raise Unavailable(says, code="tool_failed", params={"tool": step.tool}) from error
        self.taken.append({"step": step.name, "gave": observed(found)})
        return found

    async def _for_each(self, step: ForEach, scope: Values) -> Any:
        many = scope.of(step.of)
        if not isinstance(many, list | tuple):
            raise Invalid(f"`{step.of}` is no list", code="wrong_type")
        if len(many) > step.most:
            says = f"`{step.of}` has {len(many)} items, and the step takes {step.most} at most"
            raise Invalid(says, code="too_many", params={"most": step.most, "found": len(many)})
        found = await self._all([(step.block, scope.having({step.item: item})) for item in many])
        return {name: [gave[name] for gave in found] for name in step.block.outputs}

    async def _repeat(self, step: Repeat, scope: Values) -> Any:
        carried = {name: scope.of(each.first) for name, each in step.carry.items()}
        after = scope
        for _ in range(step.most):
            after = await self.through(step.block.steps, scope.having(carried))
            if step.until is not None and after.hold(step.until):
                break
            carried = {name: after.of(each.next) for name, each in step.carry.items()}
        return after.named(step.block.outputs)

    async def _block(self, block: Block, scope: Values) -> dict[str, Any]:
        return (await self.through(block.steps, scope)).named(block.outputs)

    async def _all(self, blocks: Sequence[tuple[Block, Values]]) -> list[Any]:
        """Each by a run of its own, so that what was taken is in the order of the blocks."""
        runs = [_Run(self._flow, self._way) for _ in blocks]
        found = await self._way.all([partial(run._block, *each) for run, each in zip(runs, blocks, strict=True)])  # noqa: SLF001 - its own kind
        for run in runs:
            self.taken.extend(run.taken)
        return found

    def _took(self, step: Step, gave: Any) -> Any:
        self.taken.append({"step": step.name, "gave": gave})
        return gave
