"""ActionOptions that a class implies are its author's, wherever the ancestor that implies them stands."""

from __future__ import annotations

import inspect
from pathlib import Path

from framework.compiler.domain import Domain, compile_domain
from resources.programs.declared_program import DeclaredProgram

HERE = Path(__file__)


def line_of(record: type) -> int:
    return inspect.getsourcelines(record)[1]


class Answer(DeclaredProgram):
    """Answer the question."""

    signature = "question: str -> answer: str"


def test_a_word_that_is_implied_stands_where_its_class_does() -> None:
    spec = compile_domain(Domain("test", [Answer])).resources["Answer"]
    for source in (spec.source, spec.actions["execute"].source):
        assert (Path(source.file), source.line) == (HERE, line_of(Answer))
