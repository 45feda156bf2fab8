"""Multi-chain comparison beside DSPy's, which is given the attempts by hand."""

from __future__ import annotations

from typing import Any

import pytest

from framework.errors import Invalid
from framework.lm.dspy_setup import dspy
from framework.lm.modules.answering import MultiChainComparison
from framework.lm.programs.build import build
from framework.lm.programs.program import ProgramDefinition
from framework.lm.signatures.grammar import parse_signature
from tests.framework.lm.programs.pipelines.test_flow import TOOLS, definition, run

_Module: Any = dspy.Module


class ByHand(_Module):  # type: ignore[misc]  # DSPy is untyped
    """What one writes to use DSPy's."""

    def __init__(self) -> None:
        super().__init__()
        self.attempt = dspy.ChainOfThought("question -> answer")
        self.compare = dspy.MultiChainComparison("question -> answer", M=3)

    def forward(self, question: str) -> Any:
        """Three attempts, compared."""
        attempts = []
        for number in range(3):
            with dspy.context(lm=dspy.settings.lm.copy(rollout_id=number, temperature=0.7)):
                attempts.append(self.attempt(question=question))
        return self.compare(attempts, question=question)


@pytest.mark.parametrize("way", ["thread", "loop"])
async def test_it_asks_and_answers_as_dspys_does(way: str) -> None:
    found, asked, trace = await run(build(definition("multi_chain_comparison"), TOOLS), way, question="why?")
    theirs, by_dspy, plain_trace = await run(ByHand(), adapter=dspy.ChatAdapter(), question="why?")
    assert len(asked) == 4
    assert (asked, dict(found.items()), trace) == (by_dspy, dict(theirs.items()), plain_trace)


def test_its_parts_have_names() -> None:
    assert [name for name, _ in build(definition("multi_chain_comparison"), TOOLS).named_predictors()] == [
        "attempt.predict",
        "compare.predict",
    ]


@pytest.mark.parametrize("name", ["rationale", "reasoning", "reasoning_attempt_1"])
def test_a_word_of_its_own_is_refused(name: str) -> None:
    signature = parse_signature(f"question, {name} -> answer")
    with pytest.raises(Invalid) as caught:
        build(ProgramDefinition("x", signature, MultiChainComparison()), TOOLS)
    assert caught.value.issues[0].code == "reserved_name"
