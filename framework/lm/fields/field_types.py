"""The types a field of a signature may have: a small closed union of values.

ScalarType    str[..80]  int[1..10]  float[0..1]  bool  date  datetime
LiteralType   Literal['billing', 'technical']
ListType      list[str][..5]
DictType      dict[str, float]
OptionalType  str | None
ObjectType    {name: str, age: int[0..]}
SemanticType  Probability  Score  Reasoning  Embedding[384]  Citation  Image  History
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, Final, Literal, TypeAlias


class Missing(Enum):
    """The mark of a field without a default; `None` is a default of its own."""

    MISSING = "missing"

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing.MISSING

Default: TypeAlias = Any | Literal[Missing.MISSING]


class Scalar(StrEnum):
    """The kinds of single values; limits of a `str` are those of its length."""

    STR = "str"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    DATE = "date"
    DATETIME = "datetime"

    @property
    def takes_limits(self) -> bool:
        """Whether a range in brackets may follow."""
        return self in (Scalar.STR, Scalar.INT, Scalar.FLOAT)


class Semantic(StrEnum):
    """The types named for what a value means.

    Probability   a number from 0 to 1: how sure the model is
    Score         a number from 0 to 1: how good something is, as every score of the platform
    Reasoning     the model's train of thought, as text; an output
    Embedding[n]  a list of n numbers
    Citation      an object of `source` and `quote`
    Image         an http(s) address or `data:image/…;base64,…`, never a path; an input
    History       the turns of a conversation, each an object of field values; an input
    """

    PROBABILITY = "Probability"
    SCORE = "Score"
    REASONING = "Reasoning"
    EMBEDDING = "Embedding"
    CITATION = "Citation"
    IMAGE = "Image"
    HISTORY = "History"


@dataclass(frozen=True, slots=True)
class ScalarType:
    """One value, between limits where they are said; both limits belong to the range."""

    kind: Scalar
    minimum: float | None = None
    maximum: float | None = None

    def __post_init__(self) -> None:
        # 0, 0.0 and -0.0 are one limit, so they have to be one text, one JSON and one digest as well.
        if self.kind is Scalar.FLOAT:
            object.__setattr__(self, "minimum", _as_float(self.minimum))
            object.__setattr__(self, "maximum", _as_float(self.maximum))


@dataclass(frozen=True, slots=True)
class LiteralType:
    """One of the values listed: strings, integers or booleans."""

    values: tuple[str | int | bool, ...]


@dataclass(frozen=True, slots=True)
class ListType:
    """Many values of one type, at least and at most so many."""

    item: FieldType
    min_length: int | None = None
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class DictType:
    """Values of one type under names that are not known in advance."""

    value: FieldType


@dataclass(frozen=True, slots=True)
class OptionalType:
    """A value or nothing."""

    item: FieldType


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A value of named parts."""

    fields: tuple[FieldDefinition, ...]


@dataclass(frozen=True, slots=True)
class SemanticType:
    """A value named for what it means; an embedding also has its number of dimensions."""

    name: Semantic
    size: int | None = None


FieldType: TypeAlias = ScalarType | LiteralType | ListType | DictType | OptionalType | ObjectType | SemanticType


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """One named input, output or part of an object; its default is kept as JSON."""

    name: str
    type: FieldType
    description: str = ""
    default: Default = MISSING

    @property
    def required(self) -> bool:
        """Whether a value has to be given: there is no default, and nothing is not a value."""
        return self.default is MISSING and not isinstance(self.type, OptionalType)


TEXT: Final = ScalarType(Scalar.STR)


def inner_types(field_type: FieldType) -> Iterator[tuple[tuple[str | int, ...], FieldType]]:
    """The types directly inside a type, each with its path in the JSON form."""
    match field_type:
        case ListType(item) | OptionalType(item):
            yield ("item",), item
        case DictType(value):
            yield ("value",), value
        case ObjectType(fields):
            for position, part in enumerate(fields):
                yield ("fields", position, "type"), part.type
        case ScalarType() | LiteralType() | SemanticType():
            return


def _as_float(limit: float | None) -> float | None:
    return None if limit is None else float(limit) + 0.0
