"""A question that takes two looks: a module of DSPy, as anybody writes one who knows nothing of us."""

from __future__ import annotations

from typing import Any

import dspy

from examples.questions.passages import find


class TwoHop(dspy.Module):  # type: ignore[misc]  # DSPy is untyped
    """Looks, reads, and looks again for what is missing."""

    def __init__(self, hops: int = 2, k: int = 2) -> None:
        super().__init__()
        self.hops, self.k = hops, k
        self.generate_query = dspy.ChainOfThought("context: list[str], question -> query")
        self.generate_answer = dspy.ChainOfThought("context: list[str], question -> answer")

    def forward(self, question: str) -> Any:
        """The answer, and all that was read for it."""
        context: list[str] = []
        for _ in range(self.hops):
            query = self.generate_query(context=context, question=question).query
            context += [passage for passage in find(f"{question} {query}", self.k) if passage not in context]
        answer = self.generate_answer(context=context, question=question)
        return dspy.Prediction(answer=answer.answer, context=context)
