"""What makes a signature sound, in whichever form it was written: text, JSON or a class."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from framework.errors import Invalid, Issue, Path
from framework.lm.fields.annotations import annotation_of, read_json
from framework.lm.fields.field_names import duplicate_problems, name_problems, reserved_problems
from framework.lm.fields.field_types import (
    DictType,
    FieldType,
    ListType,
    ObjectType,
    OptionalType,
    Semantic,
    SemanticType,
    inner_types,
)
from framework.lm.fields.type_rules import text_problems, type_problems
from framework.lm.signatures.definition import MISSING, FieldDefinition, SignatureDefinition
from framework.lm.signatures.formatting import format_signature
from framework.lm.signatures.tokens import LONGEST_TEXT
from framework.lm.values.kept_json import NotKept
from framework.wording import in_words

MOST_FIELDS = 64
LONGEST_DESCRIPTION = 2_000
LONGEST_INSTRUCTIONS = 20_000


def validated(definition: SignatureDefinition) -> SignatureDefinition:
    """The definition in canonical form; raises Invalid with every mistake in it."""
    issues = tuple(problems(definition))
    if issues:
        raise Invalid.of(issues)
    return canonical(definition)


def canonical(definition: SignatureDefinition) -> SignatureDefinition:
    """A sound definition as it is kept: two that mean the same are equal, and have one digest.

    What it says fits into a text, so that its text form always reads back.
    """
    kept = SignatureDefinition(
        inputs=tuple(_canonical(field) for field in definition.inputs),
        outputs=tuple(_canonical(field) for field in definition.outputs),
        instructions=canonical_instructions(definition.instructions),
    )
    if len(format_signature(kept).encode()) > LONGEST_TEXT:
        message = f"the signature is too long: its text has at most {LONGEST_TEXT} bytes"
        raise Invalid(message, code="too_long", params={"maximum": LONGEST_TEXT})
    return kept


def problems(definition: SignatureDefinition) -> Iterator[Issue]:
    """Every mistake in a signature; paths are those of its JSON form."""
    sides = {"inputs": definition.inputs, "outputs": definition.outputs}
    total = _count(definition.inputs) + _count(definition.outputs)
    if total > MOST_FIELDS:
        message = f"a signature has at most {MOST_FIELDS} fields, parts of objects included; this one has {total}"
        yield Issue("too_many_fields", message, (), {"maximum": MOST_FIELDS, "count": total})
        return
    for side, fields in sides.items():
        if not fields:
            yield Issue(f"no_{side}", f"a signature has at least one {side[:-1]}", (side,))
    for side, fields in sides.items():
        for position, field in enumerate(fields):
            yield from reserved_problems(field.name, (side, position, "name"))
            yield from _field_problems(field, (side, position))
    yield from duplicate_problems(
        (field.name, (side, position, "name"))
        for side, fields in sides.items()
        for position, field in enumerate(fields)
    )
    yield from _misplaced(definition)
    yield from text_problems(definition.instructions, ("instructions",), longest=LONGEST_INSTRUCTIONS)


def canonical_instructions(text: str) -> str:
    """Instructions as a docstring says them: common indentation and blank edges do not count."""
    return without_indentation(text).strip("\n")


def without_indentation(text: str) -> str:
    """The lines without the indentation that all of them share, and without what no one sees at their ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").expandtabs().split("\n")
    return textwrap.dedent("\n".join(line.rstrip() for line in lines))


def _field_problems(field: FieldDefinition, path: Path) -> Iterator[Issue]:
    """The mistakes of one field; a default is only held against a type that is sound itself."""
    yield from name_problems(field.name, (*path, "name"))
    yield from text_problems(field.description, (*path, "description"), longest=LONGEST_DESCRIPTION)
    in_type = list(type_problems(field.type, (*path, "type")))
    in_parts = [] if in_type else list(_part_problems(field.type, (*path, "type")))
    yield from (*in_type, *in_parts)
    if not in_type and not in_parts and field.default is not MISSING:
        yield from _default_problems(field, (*path, "default"))


def _part_problems(field_type: FieldType, path: Path) -> Iterator[Issue]:
    """The mistakes in descriptions and defaults of the parts of objects, the innermost ones first and alone."""
    inside = [issue for steps, inner in inner_types(field_type) for issue in _part_problems(inner, (*path, *steps))]
    yield from inside
    if isinstance(field_type, ObjectType) and not inside:
        for position, part in enumerate(field_type.fields):
            where = (*path, "fields", position)
            yield from text_problems(part.description, (*where, "description"), longest=LONGEST_DESCRIPTION)
            if part.default is not MISSING:
                yield from _default_problems(part, (*where, "default"))


def _default_problems(field: FieldDefinition, path: Path) -> Iterator[Issue]:
    try:
        read_json(field.default, annotation_of(field.type))
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            message = f"the default of `{field.name}` breaks its own type: {in_words(fault)}"
            yield Issue("bad_default", message, (*path, *fault["loc"]), {"name": field.name})
    except NotKept as error:
        yield Issue("bad_default", f"the default of `{field.name}` is not JSON: {error}", path, {"name": field.name})


def _misplaced(definition: SignatureDefinition) -> Iterator[Issue]:
    """Types on the side where they mean nothing, and a second one where DSPy finds only the first."""
    for position, field in enumerate(definition.inputs):
        if _holds(field.type, lambda name: name is Semantic.REASONING):
            yield Issue("misplaced_type", "`Reasoning` is what a model writes: an output", ("inputs", position, "type"))
    for position, field in enumerate(definition.outputs):
        if _holds(field.type, lambda name: name in (Semantic.HISTORY, Semantic.IMAGE)):
            message = "`History` and `Image` are what a model is shown: inputs"
            yield Issue("misplaced_type", message, ("outputs", position, "type"))
    for side, name in (("inputs", Semantic.HISTORY), ("outputs", Semantic.REASONING)):
        fields: tuple[FieldDefinition, ...] = getattr(definition, side)
        of_name = [at for at, field in enumerate(fields) if field.type == SemanticType(name)]
        for position in of_name[1:]:
            yield Issue("misplaced_type", f"a signature has one `{name}` at most", (side, position, "type"))


def _holds(field_type: FieldType, wanted: Callable[[Semantic], bool]) -> bool:
    if isinstance(field_type, SemanticType):
        return wanted(field_type.name)
    return any(_holds(inner, wanted) for _, inner in inner_types(field_type))


def _count(fields: tuple[FieldDefinition, ...]) -> int:
    return len(fields) + sum(_parts(field.type) for field in fields)


def _parts(field_type: FieldType) -> int:
    own = len(field_type.fields) if isinstance(field_type, ObjectType) else 0
    return own + sum(_parts(inner) for _, inner in inner_types(field_type))


def _canonical(field: FieldDefinition) -> FieldDefinition:
    """The field with its default as its type would write it.

    1 for a float is 1.0, -0.0 is 0.0, and omitted parts are filled in.
    """
    canonical = replace(field, type=_canonical_type(field.type), description=field.description.strip())
    if field.default is MISSING:
        return canonical
    default = to_jsonable_python(read_json(field.default, annotation_of(field.type)))
    return replace(canonical, default=_without_signed_zero(default))


def _without_signed_zero(value: Any) -> Any:
    """A JSON value with 0.0 for every -0.0: Python holds the two for equal, while their texts and digests differ."""
    match value:
        case float():
            return value + 0.0
        case dict():
            return {name: _without_signed_zero(part) for name, part in value.items()}
        case list():
            return [_without_signed_zero(part) for part in value]
        case _:
            return value


def _canonical_type(field_type: FieldType) -> FieldType:
    match field_type:
        case ObjectType(fields):
            return ObjectType(tuple(_canonical(part) for part in fields))
        case ListType(item) | OptionalType(item):
            return replace(field_type, item=_canonical_type(item))
        case DictType(value):
            return DictType(_canonical_type(value))
        case _:
            return field_type
