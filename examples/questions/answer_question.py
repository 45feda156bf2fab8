"""Retrieval and an answer from what was found: a pipeline, declared as data."""

from framework.lm.modules.steps import Ask, Fixed, UseTool
from framework.lm.signatures.grammar import parse_signature
from resources.programs.declared_program import DeclaredProgram
from resources.programs.modules import chain_of_thought, pipeline


class AnswerQuestion(DeclaredProgram):
    """Answer a question about the product, in a few words."""

    signature = "question: str -> answer: str"
    module = pipeline(
        [
            UseTool("search", "examples.questions.passages:find", {"query": "question", "k": Fixed(3)}),
            Ask(
                "generate",
                parse_signature(
                    "context: list[str], question: str -> answer: str",
                    instructions="Answer the question from the context alone, in a few words.",
                ),
                chain_of_thought(),
                inputs={"context": "search"},
            ),
        ],
        answer="generate.answer",
    )
