"""The class form of a signature, read: a plain annotated class, its docstring the instructions.

class Triage:
    \"\"\"Route a support ticket to the team that should answer it.\"\"\"

    ticket: Annotated[str, Field(max_length=5000)] = input("what the customer wrote")
    team: Literal["billing", "technical"] = output()
    confidence: Probability = output()
"""

from __future__ import annotations

from framework.errors import Invalid
from framework.lm.signatures.annotation_reader import fields_of
from framework.lm.signatures.class_fields import Side, input, output, part  # noqa: A004 - the words of the signature language
from framework.lm.signatures.class_source import to_source
from framework.lm.signatures.definition import FieldDefinition, SignatureDefinition
from framework.lm.signatures.validation import validated, without_indentation

__all__ = ["from_class", "input", "output", "part", "to_source"]


def from_class(cls: type) -> SignatureDefinition:
    """The signature that a class says; raises Invalid if it says none."""
    sides: dict[Side, list[FieldDefinition]] = {Side.INPUT: [], Side.OUTPUT: []}
    for side, field in fields_of(cls):
        if side not in sides:
            message = f"`{cls.__name__}.{field.name}`: a field of a signature is said as `input(…)` or `output(…)`"
            raise Invalid(message, code="no_side")
        sides[side].append(field)
    instructions = _instructions(cls.__doc__ or "")
    return validated(SignatureDefinition(tuple(sides[Side.INPUT]), tuple(sides[Side.OUTPUT]), instructions))


def _instructions(docstring: str) -> str:
    """The text of a docstring; its first line has no indentation to take away, the others share theirs."""
    first, _, rest = docstring.partition("\n")
    return f"{first.strip(' ')}\n{without_indentation(rest)}" if first.strip(" ") else rest
