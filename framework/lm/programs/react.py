"""ReAct as DSPy prompts it, with a loop of its own: what goes wrong in a step is told to the model, which goes on.

DSPy ends the trajectory at a step that names no tool or leaves out its arguments. The traceback of a tool that failed
it puts into the next prompt, from where it gets to the provider and to clients.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from framework.lm.dspy_setup import dspy
from framework.lm.models.spend import StoppedAnswer
from framework.lm.programs.observations import observed, observed_failure
from framework.lm.programs.step_adapter import StepAdapter
from framework.lm.programs.tool_threads import RUN_TOOL, RunTool, ToolsBusy, contained

_ChatAdapter: Any = dspy.ChatAdapter
_ReAct: Any = dspy.ReAct
_ContextWindowExceeded: Any = dspy.ContextWindowExceededError
_ParseError: Any = dspy.utils.exceptions.AdapterParseError
FINISH = "finish"


class ReAct(_ReAct):  # type: ignore[misc]  # DSPy is untyped
    """Thinks, uses a tool and looks at the result, again and again, then answers."""

    def __init__(self, signature: Any, *, tools: Sequence[Callable[..., Any]], max_iters: int) -> None:
        super().__init__(signature, tools=list(tools), max_iters=max_iters)

    def forward(self, **inputs: Any) -> Any:
        """Ask in this thread."""
        trajectory: dict[str, Any] = {}
        for number in range(self.max_iters):
            try:
                with dspy.context(adapter=StepAdapter(dspy.settings.adapter)):
                    step = self._call_with_potential_trajectory_truncation(self.react, trajectory, **inputs)
            except (_ContextWindowExceeded, _ParseError, StoppedAnswer):
                break
            name, arguments = _taken(trajectory, number, step)
            try:
                found = contained(partial(self._tool(name), **_named(arguments)))
            except Exception as error:  # noqa: BLE001 - whatever a tool raises is told to the model
                found = observed_failure(name, error)
            trajectory[f"observation_{number}"] = observed(found)
            if name == FINISH:
                break
        answer = self._call_with_potential_trajectory_truncation(self.extract, trajectory, **inputs)
        return dspy.Prediction(trajectory=trajectory, **answer)

    async def aforward(self, **inputs: Any) -> Any:
        """Ask on the event loop."""
        trajectory: dict[str, Any] = {}
        for number in range(self.max_iters):
            try:
                with dspy.context(adapter=StepAdapter(dspy.settings.adapter)):
                    step = await self._async_call_with_potential_trajectory_truncation(self.react, trajectory, **inputs)
            except (_ContextWindowExceeded, _ParseError, StoppedAnswer):
                break
            name, arguments = _taken(trajectory, number, step)
            run: RunTool = dspy.settings.get(RUN_TOOL, asyncio.to_thread)
            try:
                found = await run(partial(self._tool(name), **_named(arguments)))
            except ToolsBusy:
                raise
            except Exception as error:  # noqa: BLE001 - whatever a tool raises is told to the model
                found = observed_failure(name, error)
            trajectory[f"observation_{number}"] = observed(found)
            if name == FINISH:
                break
        answer = await self._async_call_with_potential_trajectory_truncation(self.extract, trajectory, **inputs)
        return dspy.Prediction(trajectory=trajectory, **answer)

    def _format_trajectory(self, trajectory: dict[str, Any]) -> str:
        """All steps as one text: what an adapter makes parts of a message of is a part of none here."""
        steps = dspy.Signature({name: (str, dspy.InputField()) for name in trajectory}, "Steps.")
        text: str = _ChatAdapter.format_user_message_content(_ChatAdapter(), steps, trajectory)
        return text

    def _tool(self, name: str) -> Any:
        if name not in self.tools:
            raise LookupError(f"there is no such tool; the tools are {', '.join(self.tools)}")
        return self.tools[name]


def _taken(trajectory: dict[str, Any], number: int, step: Any) -> tuple[str, Any]:
    """The step put on record; the tool's name and what it is to be called with."""
    trajectory[f"thought_{number}"] = step.next_thought
    trajectory[f"tool_name_{number}"] = step.next_tool_name
    trajectory[f"tool_args_{number}"] = step.next_tool_args
    return step.next_tool_name, step.next_tool_args


def _named(arguments: Any) -> Mapping[str, Any]:
    if not isinstance(arguments, Mapping):
        raise TypeError("the arguments are not a JSON object")
    return arguments
