"""The modules with a loop of our own, where an optimizer looks at them."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from framework.lm.dspy_setup import dspy
from framework.lm.modules.acting import ReAct
from framework.lm.modules.module import ModuleSpec
from framework.lm.modules.trying import BestOfN
from framework.lm.programs.best_of import BestOf
from framework.lm.programs.build import build
from framework.lm.programs.program import ProgramDefinition
from framework.lm.programs.tools import AllowedTools
from framework.lm.signatures.grammar import parse_signature

_Module: Any = dspy.Module
SIGNATURE = parse_signature("question -> answer")
TOOL = "tests.framework.lm.toolbox:add"


@pytest.mark.parametrize(
    ("module", "tools", "source"),
    [
        (ReAct(), (TOOL,), "class ReAct(_ReAct)"),
        (BestOfN(n=2, threshold=1.0), (), "class BestOf(_Module)"),
    ],
)
def test_miprov2_is_shown_the_source_of_our_loop(module: ModuleSpec, tools: tuple[str, ...], source: str) -> None:
    """As docs/signatures.md says."""
    program = build(ProgramDefinition("ask", SIGNATURE, module, tools), AllowedTools((TOOL,)))
    shown: str = importlib.import_module("dspy.propose.utils").get_dspy_source_code(program)
    assert source in shown


class Saying(_Module):  # type: ignore[misc]  # DSPy is untyped
    """Answers one word after the other."""

    def __init__(self, *words: str) -> None:
        super().__init__()
        self.words = iter(words)

    def forward(self, question: str) -> Any:
        """The next one, put on the trace as every predictor does."""
        said = dspy.Prediction(answer=next(self.words))
        dspy.settings.trace.append((self, {"question": question}, said))
        return said

    async def aforward(self, question: str) -> Any:
        """The same."""
        return self.forward(question)


@pytest.mark.parametrize("asked", ["here", "on the loop"])
async def test_only_the_attempt_that_was_taken_is_on_the_trace(asked: str) -> None:
    """Optimizers make demonstrations of what is there, and would make some of what was thrown away."""
    rewards = {"bad": 0.2, "good": 0.5, "worse": 0.1}
    program = BestOf(Saying(*rewards), attempts=3, threshold=1.0, reward=lambda _, found: rewards[found.answer])
    with dspy.context(lm=dspy.LM("openai/unasked"), trace=[]):
        found = program(question="why?") if asked == "here" else await program.acall(question="why?")
        trace = [prediction.answer for _, _, prediction in dspy.settings.trace]
    assert (found.answer, trace) == ("good", ["good"])
