"""Program definitions made into DSPy programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from framework.errors import Failure
from framework.lm.dspy_setup import dspy
from framework.lm.payloads.payloads import validate_outputs
from framework.lm.programs.best_of import BestOf, Reward
from framework.lm.programs.buildable import check_buildable
from framework.lm.programs.program import ModuleKind, ModuleSpec, ProgramDefinition
from framework.lm.programs.react import ReAct
from framework.lm.programs.signature import signature_of
from framework.lm.programs.tools import AllowedTools
from framework.lm.signatures.definition import SignatureDefinition

REASONING = "reasoning"


def build(definition: ProgramDefinition, tools: AllowedTools) -> Any:
    """A new DSPy program, with nothing learned yet."""
    check_buildable(definition, tools)
    signature = signature_of(definition.signature, named=definition.name)
    return _BUILDERS[definition.module.kind](definition, signature, tools)


def _predict(_: ProgramDefinition, signature: Any, __: AllowedTools) -> Any:
    return dspy.Predict(signature)


def _chain_of_thought(definition: ProgramDefinition, signature: Any, _: AllowedTools) -> Any:
    """A signature that declares its reasoning itself needs no second one."""
    declared = (*definition.signature.input_names, *definition.signature.output_names)
    return dspy.Predict(signature) if REASONING in declared else dspy.ChainOfThought(signature)


def _react(definition: ProgramDefinition, signature: Any, tools: AllowedTools) -> Any:
    return ReAct(signature, tools=tools.load(definition.tools), max_iters=definition.module.max_iters)


def _best_of_n(definition: ProgramDefinition, signature: Any, _: AllowedTools) -> Any:
    spec = definition.module
    reward = _reward(definition.signature, spec)
    return BestOf(dspy.Predict(signature), attempts=spec.n, threshold=spec.threshold, reward=reward)


def _reward(signature: SignatureDefinition, spec: ModuleSpec) -> Reward:
    name = spec.reward_field
    if name is None:
        return lambda prediction: _valid_share(signature, prediction)
    return lambda prediction: _number(prediction.get(name))


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


_BUILDERS: dict[ModuleKind, Callable[[ProgramDefinition, Any, AllowedTools], Any]] = {
    "predict": _predict,
    "chain_of_thought": _chain_of_thought,
    "react": _react,
    "best_of_n": _best_of_n,
}
