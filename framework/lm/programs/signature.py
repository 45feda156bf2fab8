"""A signature definition made into a DSPy signature, by the dict form only.

The text form of `dspy.Signature` imports modules named in it, so no text of a user ever gets there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from framework.lm.dspy_setup import dspy
from framework.lm.fields.annotations import pascal, pydantic_field, python_annotation
from framework.lm.fields.field_types import (
    DictType,
    FieldType,
    ListType,
    ObjectType,
    OptionalType,
    Scalar,
    ScalarType,
    Semantic,
    SemanticType,
    inner_types,
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


def input_values(definition: SignatureDefinition, values: Mapping[str, Any]) -> dict[str, Any]:
    """Validated inputs as DSPy wants them: images, wherever they stand, and histories in types of its own."""
    given = {
        field.name: _wrapped(field.type, values[field.name])
        for field in definition.inputs
        if field.name in values and _holds_own(field.type)
    }
    return {**values, **given}


def typed_demo(signature: Any, demo: Mapping[str, Any]) -> dict[str, Any]:
    """A demonstration kept as JSON, its values of DSPy's own types made again: those of the predictor's signature."""
    fields = signature.fields
    own = {name: value for name, value in demo.items() if name in fields and _is_own(fields[name].annotation)}
    return {**demo, **{name: _made(fields[name].annotation, value) for name, value in own.items()}}


def _is_own(annotation: Any) -> bool:
    """Whether DSPy has a class for it, or for a part of it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _of_dspy(annotation) or any(_is_own(field.annotation) for field in annotation.model_fields.values())
    return any(_is_own(inner) for inner in get_args(annotation))


def _of_dspy(annotation: type[Any]) -> bool:
    return issubclass(annotation, (dspy.Type, dspy.History))


def _made(annotation: Any, value: Any) -> Any:
    arguments = get_args(annotation)
    if value is None or not _is_own(annotation):
        return value
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not _of_dspy(annotation):
            fields = annotation.model_fields
            return {name: _made(fields[name].annotation, each) for name, each in value.items() if name in fields}
        of_dspy: Any = annotation
        return of_dspy(messages=value) if issubclass(annotation, dspy.History) else of_dspy(value)
    if isinstance(value, list):
        return [_made(arguments[0], each) for each in value]
    if isinstance(value, Mapping):
        return {name: _made(arguments[-1], each) for name, each in value.items()}
    return _made(next(each for each in arguments if _is_own(each)), value)


def plain_value(value: Any) -> Any:
    """A value with DSPy's types in it as the plain value that it was made of."""
    match value:
        case dspy.Image():
            return value.url
        case dspy.History():
            return value.messages
        case list():
            return list(map(plain_value, value))
        case dict():
            return {name: plain_value(part) for name, part in value.items()}
        case _:
            return value


def _holds_own(field_type: FieldType) -> bool:
    """Whether DSPy has a type of its own for it or for a part of it."""
    if isinstance(field_type, SemanticType):
        return field_type.name in (Semantic.IMAGE, Semantic.HISTORY)
    return any(_holds_own(inner) for _, inner in inner_types(field_type))


def _wrapped(field_type: FieldType, value: Any) -> Any:
    match field_type:
        case _ if value is None:
            return None
        case SemanticType(Semantic.IMAGE):
            return dspy.Image(value)
        case SemanticType(Semantic.HISTORY):
            return dspy.History(messages=value)
        case OptionalType(item):
            return _wrapped(item, value)
        case ListType(item):
            return [_wrapped(item, each) for each in value]
        case DictType(inner):
            return {name: _wrapped(inner, each) for name, each in value.items()}
        case ObjectType(fields):
            # An object of an example is JSON still; that of a question is of the model that validated it.
            parts = value if isinstance(value, dict) else dict(value)
            return {part.name: _wrapped(part.type, parts[part.name]) for part in fields if part.name in parts}
        case _:
            return value


def _annotation(field: FieldDefinition) -> Any:
    if field.type == SemanticType(Semantic.HISTORY):
        return dspy.History
    return python_annotation(field.type, named=pascal(field.name), image=dspy.Image)


def _input(field: FieldDefinition) -> Any:
    return dspy.InputField(**_described(field))


def _output(field: FieldDefinition) -> Any:
    default = {}
    if field.default is not MISSING:
        default = {"default": pydantic_field(field, python_annotation(field.type)).default}
    return dspy.OutputField(**_described(field), **_limits(field.type), **default)


def _described(field: FieldDefinition) -> dict[str, str]:
    """Without a description DSPy puts in `${name}`, which its instruction proposers are shown."""
    return {"desc": field.description} if field.description else {}


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
