"""What a type may say: limits that leave a value, literals that can be told apart, no nesting without end."""

from __future__ import annotations

import math
from collections.abc import Iterator

from framework.errors import Issue, Path
from framework.lm.fields.annotations import LARGEST_INTEGER
from framework.lm.fields.field_names import duplicate_problems, name_problems
from framework.lm.fields.field_types import (
    FieldType,
    ListType,
    LiteralType,
    ObjectType,
    OptionalType,
    Scalar,
    ScalarType,
    Semantic,
    SemanticType,
    inner_types,
)

DEEPEST = 8
MOST_VALUES = 100
LONGEST_VALUE = 200
MOST_DIMENSIONS = 16_000  # what a pgvector column holds

# A conversation and a train of thought are whole fields to DSPy, never parts of one.
_WHOLE = (Semantic.HISTORY, Semantic.REASONING)


def type_problems(field_type: FieldType, path: Path, *, depth: int = 1) -> Iterator[Issue]:
    """Every mistake in a type and in the types inside it."""
    if depth > DEEPEST:
        yield Issue("too_deep", f"types nest at most {DEEPEST} deep", path, {"maximum": DEEPEST})
        return
    match field_type:
        case ScalarType():
            yield from _scalar_problems(field_type, path)
        case LiteralType(values):
            yield from _literal_problems(values, path)
        case ListType(_, minimum, maximum):
            yield from _length_problems(minimum, maximum, path)
        case OptionalType(item) if isinstance(item, OptionalType):
            yield Issue("bad_type", "the type is optional already", path)
        case ObjectType():
            yield from _object_problems(field_type, path)
        case SemanticType(name, size):
            yield from _semantic_problems(name, size, path, depth=depth)
        case _:
            pass
    for steps, inner in inner_types(field_type):
        yield from type_problems(inner, (*path, *steps), depth=depth + 1)


def text_problems(text: str, path: Path, *, longest: int) -> Iterator[Issue]:
    """Text that cannot be kept: too long, or of characters that JSON and Postgres refuse."""
    if len(text) > longest:
        yield Issue("too_long", f"the text is too long: at most {longest} characters", path, {"maximum": longest})
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        yield Issue("bad_text", "the text holds a character that cannot be kept (NUL or half a surrogate pair)", path)


def _scalar_problems(scalar: ScalarType, path: Path) -> Iterator[Issue]:
    limits = [limit for limit in (scalar.minimum, scalar.maximum) if limit is not None]
    if limits and not scalar.kind.takes_limits:
        yield Issue("bad_limit", f"`{scalar.kind}` takes no range", path)
    elif scalar.kind is Scalar.STR:
        yield from _length_problems(scalar.minimum, scalar.maximum, path)
    elif scalar.kind is Scalar.INT and not all(_is_integer(limit) for limit in limits):
        yield Issue("bad_limit", "the limits of an `int` are integers", path)
    elif any(not math.isfinite(limit) or abs(limit) > LARGEST_INTEGER for limit in limits):
        yield Issue("bad_limit", f"a limit lies between -{LARGEST_INTEGER} and {LARGEST_INTEGER}", path)
    else:
        yield from _range_problems(scalar.minimum, scalar.maximum, path)


def _length_problems(minimum: float | None, maximum: float | None, path: Path) -> Iterator[Issue]:
    if any(limit is not None and (not _is_integer(limit) or limit < 0) for limit in (minimum, maximum)):
        yield Issue("bad_limit", "the limits of a length are integers, 0 or more", path)
    elif any(limit is not None and limit > LARGEST_INTEGER for limit in (minimum, maximum)):
        yield Issue("bad_limit", f"a limit is at most {LARGEST_INTEGER}", path)
    else:
        yield from _range_problems(minimum, maximum, path)


def _range_problems(minimum: float | None, maximum: float | None, path: Path) -> Iterator[Issue]:
    if minimum is not None and maximum is not None and minimum > maximum:
        message = f"the range {minimum}..{maximum} is empty: the first limit is the smaller one"
        yield Issue("empty_range", message, path, {"minimum": minimum, "maximum": maximum})


def _literal_problems(values: tuple[str | int | bool, ...], path: Path) -> Iterator[Issue]:
    if not values:
        yield Issue("bad_literal", "a Literal lists at least one value", path)
    if len(values) > MOST_VALUES:
        yield Issue("bad_literal", f"a Literal lists at most {MOST_VALUES} values", path, {"maximum": MOST_VALUES})
    seen: set[str] = set()
    for value in values:
        # A model answers in text: values whose texts are the same could not be told apart.
        text = str(value)
        if text.lower() in seen:
            yield Issue("bad_literal", f"`{text}` stands twice in the Literal (case does not count)", path)
        seen.add(text.lower())
        if isinstance(value, str):
            yield from text_problems(value, path, longest=LONGEST_VALUE)
            if not value or value != value.strip():
                yield Issue("bad_literal", "a value of a Literal is not empty and has no spaces around it", path)
        elif abs(value) > LARGEST_INTEGER:
            yield Issue("bad_literal", f"an integer lies between -{LARGEST_INTEGER} and {LARGEST_INTEGER}", path)


def _object_problems(object_type: ObjectType, path: Path) -> Iterator[Issue]:
    if not object_type.fields:
        yield Issue("bad_type", "an object has at least one part", path, hint="write `dict[str, str]` for any names")
    named = [(part.name, (*path, "fields", at, "name")) for at, part in enumerate(object_type.fields)]
    for name, where in named:
        yield from name_problems(name, where)
    yield from duplicate_problems(named)


def _semantic_problems(name: Semantic, size: int | None, path: Path, *, depth: int) -> Iterator[Issue]:
    if name is Semantic.EMBEDDING and (size is None or not 1 <= size <= MOST_DIMENSIONS):
        message = f"an Embedding says its dimensions, 1 to {MOST_DIMENSIONS}"
        yield Issue("bad_type", message, path, {"maximum": MOST_DIMENSIONS}, "write `Embedding[384]`")
    if name is not Semantic.EMBEDDING and size is not None:
        yield Issue("bad_type", f"`{name}` takes no size", path)
    if name in _WHOLE and depth > 1:
        yield Issue("misplaced_type", f"`{name}` is a whole field, not a part of one", path)


def _is_integer(limit: float) -> bool:
    return isinstance(limit, int) and not isinstance(limit, bool)
