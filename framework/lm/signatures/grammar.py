"""The text form of a signature, read: `question: str, context: list[str][..5] = [] -> answer: str "a short one"`.

    signature  = fields "->" fields
    fields     = field {"," field} [","]
    field      = name [":" type] ["=" value] [description]
    type       = inner ["|" "None"]
    inner      = scalar [range] | "Literal" "[" value {"," value} "]" | "list" "[" type "]" [range]
               | "dict" "[" "str" "," type "]" | "Optional" "[" type "]" | "{" fields "}"
               | "Embedding" "[" number "]" | "Probability" | "Score" | "Reasoning" | "Citation" | "Image" | "History"
    range      = "[" [number] ".." [number] "]"

White space, line ends and `#` comments stand anywhere; a name alone is a `str`. Nothing is imported or evaluated.
"""

from __future__ import annotations

from itertools import islice

from framework.errors import Invalid
from framework.lm.fields.field_types import FieldType
from framework.lm.signatures.definition import SignatureDefinition
from framework.lm.signatures.token_reader import MOST_ISSUES, TokenReader
from framework.lm.signatures.tokens import TokenKind
from framework.lm.signatures.type_grammar import read_fields, read_type
from framework.lm.signatures.validation import canonical, problems


def parse_signature(text: str, *, instructions: str = "") -> SignatureDefinition:
    """The signature a text says; raises Invalid with every mistake's line and column, and a caret under it."""
    reader = TokenReader(text)
    inputs = read_fields(reader, ("inputs",))
    if not reader.takes("->"):
        reader.refuse(f"`->` is expected between inputs and outputs, not {reader.token}", code="no_arrow")
    outputs = read_fields(reader, ("outputs",))
    if reader.sees("->"):
        reader.refuse("a signature has one `->`")
    _end(reader)
    definition = SignatureDefinition(inputs, outputs, instructions)
    found = [*reader.issues, *(reader.placed(issue) for issue in islice(problems(definition), MOST_ISSUES))]
    if found:
        raise Invalid.of(found)
    return canonical(definition)


def parse_type(text: str) -> FieldType:
    """The type a text says; whether it is sound is judged with the signature it stands in."""
    reader = TokenReader(text)
    found = read_type(reader, ("type",))
    _end(reader)
    if reader.issues:
        raise Invalid.of(reader.issues)
    return found


def _end(reader: TokenReader) -> None:
    if reader.token.kind is not TokenKind.END:
        reader.refuse(f"{reader.token} cannot stand here")
