"""What is checked before a run spends anything: that its examples are sound, kept apart, and can be scored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from framework.errors import Failure, Invalid, Issue
from framework.lm.dspy_setup import dspy
from framework.lm.evaluation.evaluation import Example
from framework.lm.optimize.run import Data, OptimizationRun
from framework.lm.payloads.payloads import expected_outputs, validate_inputs
from framework.lm.programs.signature import input_values

MOST_ISSUES = 20


def check_run(run: OptimizationRun) -> None:
    """Refuse a run that cannot end well."""
    issues = [*_broken_examples(run), *_leaks(run.data)][:MOST_ISSUES]
    models = [run.subject.model, *([run.prompt_model] if run.prompt_model else [])]
    if run.budget.usd is not None and any(model.cost(1, 1) is None for model in models):
        issues.append(
            Issue(
                "budget_without_price",
                "a budget in dollars cannot be kept, because the price of a model is not known",
                ("budget", "usd"),
                hint="set `input_price` and `output_price` of the model",
            )
        )
    short = run.budget.shortfall(validation=len(run.data.validation), holdout=len(run.data.holdout))
    if issues := [*issues, *short]:
        raise Invalid.of(issues)


def dspy_examples(run: OptimizationRun, examples: tuple[Example, ...]) -> list[Any]:
    """Examples as DSPy's optimizers take them; a label of something that the program does not give is left out."""
    signature = run.subject.definition.signature
    given = signature.output_names
    return [
        dspy.Example(
            **input_values(signature, validate_inputs(signature, example.inputs)),
            **{name: labels[name] for name in given if name in labels},
        ).with_inputs(*signature.input_names)
        for example in examples
        for labels in (expected_outputs(signature, example.outputs),)
    ]


def _broken_examples(run: OptimizationRun) -> Iterator[Issue]:
    for part in fields(Data):
        for position, example in enumerate(getattr(run.data, part.name)):
            try:
                validate_inputs(run.subject.definition.signature, example.inputs)
                run.metric.score(example.outputs, example.outputs)
            except Failure as failure:
                yield from (issue.under("data", part.name, position) for issue in failure.issues)


def _leaks(data: Data) -> Iterator[Issue]:
    """What is held out must be new to the optimizer, or its score says nothing."""
    seen = {_digest(example) for example in (*data.training, *data.validation)}
    for position, example in enumerate(data.holdout):
        if _digest(example) in seen:
            yield Issue(
                "split_leak",
                "a held-out example has the inputs of one that the optimizer sees",
                ("data", "holdout", position),
                {"key": example.key},
                "hold out examples that are in no other split",
            )


def _digest(example: Example) -> str:
    return json.dumps(dict(example.inputs), sort_keys=True, default=str)
