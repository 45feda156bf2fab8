"""Program definitions made into DSPy programs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import isgeneratorfunction
from typing import Any

from framework.errors import Failure
from framework.lm.dspy_setup import dspy
from framework.lm.modules.acting import ReAct as ReActSpec
from framework.lm.modules.answering import ChainOfThought, MultiChainComparison, Predict
from framework.lm.modules.custom import Custom
from framework.lm.modules.module import ModuleSpec
from framework.lm.modules.pipeline import Pipeline
from framework.lm.modules.steps import Ask, Block, UseTool, steps_with_parts
from framework.lm.modules.trying import BestOfN
from framework.lm.payloads.payloads import validate_outputs
from framework.lm.programs.best_of import BestOf, Reward
from framework.lm.programs.buildable import check_buildable
from framework.lm.programs.comparison import Comparison
from framework.lm.programs.custom import custom_module
from framework.lm.programs.observations import ended
from framework.lm.programs.pipelines.flow import Flow
from framework.lm.programs.program import ProgramDefinition
from framework.lm.programs.react import ReAct
from framework.lm.programs.signature import signature_of
from framework.lm.programs.tools import AllowedTools
from framework.lm.signatures.definition import SignatureDefinition

REASONING = "reasoning"


def build(definition: ProgramDefinition, tools: AllowedTools) -> Any:
    """A new DSPy program, with nothing learned yet."""
    check_buildable(definition, tools)
    part = Ask(definition.name, definition.signature, definition.module, definition.tools)
    return _BUILDERS[type(definition.module)](part, tools)


def _predict(part: Ask, _: AllowedTools) -> Any:
    return dspy.Predict(_signature(part))


def _chain_of_thought(part: Ask, _: AllowedTools) -> Any:
    """A signature that declares its reasoning itself needs no second one."""
    declared = (*part.signature.input_names, *part.signature.output_names)
    return dspy.Predict(_signature(part)) if REASONING in declared else dspy.ChainOfThought(_signature(part))


def _react(part: Ask, tools: AllowedTools) -> Any:
    module = _of(part, ReActSpec)
    return ReAct(_signature(part), tools=tools.load(part.tools), max_iters=module.max_iters)


def _best_of_n(part: Ask, tools: AllowedTools) -> Any:
    spec = _of(part, BestOfN)
    tried = _BUILDERS[ChainOfThought if spec.of == ChainOfThought.kind else Predict](part, tools)
    return BestOf(tried, attempts=spec.n, threshold=spec.threshold, reward=_reward(part.signature, spec, tools))


def _multi_chain_comparison(part: Ask, _: AllowedTools) -> Any:
    spec = _of(part, MultiChainComparison)
    return Comparison(_signature(part), attempts=spec.m, temperature=spec.temperature)


def _pipeline(part: Ask, tools: AllowedTools) -> Any:
    spec = _of(part, Pipeline)
    parts = {step.name: _part(step, part.name, tools) for step in steps_with_parts(spec.steps)}
    return Flow(Block(spec.steps, spec.outputs), part.signature.output_names, parts)


def _custom(part: Ask, tools: AllowedTools) -> Any:
    return custom_module(_of(part, Custom), tools)


def _part(step: Ask | UseTool, program: str, tools: AllowedTools) -> Any:
    if isinstance(step, UseTool):
        return dspy.Tool(_whole(tools.load((step.tool,))[0]))
    # The class of its signature is named after both, so that proposers tell it from those of other programs.
    named = Ask(f"{program}_{step.name}", step.signature, step.module, step.tools)
    return _BUILDERS[type(step.module)](named, tools)


def _whole(function: Callable[..., Any]) -> Callable[..., Any]:
    """One that gives its values one by one, with all of them at once: DSPy takes it for a coroutine."""
    if not isgeneratorfunction(function):
        return function

    @wraps(function)
    def whole(*values: Any, **named: Any) -> Any:
        return ended(function(*values, **named))

    return whole


def _signature(part: Ask) -> Any:
    return signature_of(part.signature, named=part.name)


def _of(part: Ask, kind: type[Any]) -> Any:
    assert isinstance(part.module, kind)
    return part.module


def _reward(signature: SignatureDefinition, spec: BestOfN, tools: AllowedTools) -> Reward:
    name = spec.reward_field
    if spec.reward is not None:
        (function,) = tools.load((spec.reward,))
        return lambda inputs, prediction: float(function(inputs, prediction))
    if name is None:
        return lambda _, prediction: _valid_share(signature, prediction)
    return lambda _, prediction: _number(prediction.get(name))


def _valid_share(signature: SignatureDefinition, prediction: Any) -> float:
    """The share of outputs that keep their declared types and limits."""
    try:
        validate_outputs(signature, {name: prediction.get(name) for name in signature.output_names})
    except Failure as failure:
        broken = {issue.path[1] for issue in failure.issues if len(issue.path) > 1}
        return max(0.0, 1 - len(broken) / len(signature.outputs))
    return 1.0


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


_BUILDERS: dict[type[ModuleSpec], Callable[[Ask, AllowedTools], Any]] = {
    Predict: _predict,
    ChainOfThought: _chain_of_thought,
    ReActSpec: _react,
    BestOfN: _best_of_n,
    MultiChainComparison: _multi_chain_comparison,
    Pipeline: _pipeline,
    Custom: _custom,
}
