"""The module of `two_hop.py` as a program."""

from resources.programs.declared_program import DeclaredProgram
from resources.programs.modules import custom


class AnswerTwoHop(DeclaredProgram):
    """Answer a question about the product that takes two looks."""

    signature = "question: str -> answer: str"
    module = custom("examples.questions.two_hop:TwoHop", hops=2, k=2, max_calls=3)
