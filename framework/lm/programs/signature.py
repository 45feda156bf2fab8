"""A signature definition made into a DSPy signature, by the dict form only.

The text form of `dspy.Signature` imports modules named in it, so no text of a user ever gets there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from framework.lm.dspy_setup import dspy
from framework.lm.fields.annotations import pascal, pydantic_field, python_annotation
from framework.lm.fields.field_types import (
    FieldType,
    ListType,
    OptionalType,
    Scalar,
    ScalarType,
    Semantic,
    SemanticType,
)
from framework.lm.signatures.definition import MISSING, FieldDefinition, SignatureDefinition

_LONGEST_CLASS_NAME = 60


def signature_of(definition: SignatureDefinition, *, named: str) -> Any:
    """The DSPy signature of a definition; `named` is the name of its class, which proposers tell signatures by."""
    fields = {field.name: (_annotation(field), _input(field)) for field in definition.inputs}
    fields |= {field.name: (_annotation(field), _output(field)) for field in definition.outputs}
    instructions = definition.instructions or _plain_instructions(definition)
    return dspy.Signature(fields, instructions, signature_name=class_name(named))


def class_name(slug: str) -> str:
    """The name of a program as the name of a class."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in slug)
    name = pascal(plain)[:_LONGEST_CLASS_NAME]
    return name if name[:1].isalpha() else f"Program{name}"


def input_values(definition: SignatureDefinition, values: dict[str, Any]) -> dict[str, Any]:
    """Validated inputs as DSPy wants them: images and histories in types of its own."""
    makers = {field.name: maker for field in definition.inputs if (maker := _wrapper(field.type))}
    given = {name: makers[name](values[name]) for name in makers if values.get(name) is not None}
    return {**values, **given}


def plain_value(value: Any) -> Any:
    """A value of one of DSPy's types as the plain value that it was made of."""
    match value:
        case dspy.Image():
            return value.url
        case dspy.History():
            return value.messages
        case _:
            return value


def _wrapper(field_type: FieldType) -> Any:
    match field_type:
        case SemanticType(Semantic.IMAGE):
            return dspy.Image
        case SemanticType(Semantic.HISTORY):
            return lambda messages: dspy.History(messages=messages)
        case OptionalType(item):
            return _wrapper(item)
        case _:
            return None


def _annotation(field: FieldDefinition) -> Any:
    match field.type:
        case SemanticType(Semantic.IMAGE):
            return dspy.Image
        case SemanticType(Semantic.HISTORY):
            return dspy.History
        case _:
            return python_annotation(field.type, named=pascal(field.name))


def _input(field: FieldDefinition) -> Any:
    return dspy.InputField(desc=field.description)


def _output(field: FieldDefinition) -> Any:
    default = {}
    if field.default is not MISSING:
        default = {"default": pydantic_field(field, python_annotation(field.type)).default}
    return dspy.OutputField(desc=field.description, **_limits(field.type), **default)


def _limits(field_type: FieldType) -> dict[str, float]:
    """Limits are prompted here and enforced by our own validation: DSPy states but does not check them."""
    match field_type:
        case ScalarType(kind, minimum, maximum):
            low, high = ("min_length", "max_length") if kind is Scalar.STR else ("ge", "le")
            limits = {low: minimum, high: maximum}
        case ListType(_, minimum, maximum):
            limits = {"min_length": minimum, "max_length": maximum}
        case SemanticType(Semantic.PROBABILITY | Semantic.SCORE):
            limits = {"ge": 0, "le": 1}
        case SemanticType(Semantic.EMBEDDING, size):
            limits = {"min_length": size, "max_length": size}
        case _:
            limits = {}
    return {name: value for name, value in limits.items() if value is not None}


def _plain_instructions(definition: SignatureDefinition) -> str:
    given, wanted = map(_quoted, (definition.input_names, definition.output_names))
    return f"Given the fields {given}, produce the fields {wanted}."


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
