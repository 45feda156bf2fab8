"""Sound signatures of every kind, and values for them, made by Hypothesis."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st

from framework.lm.fields.field_types import (
    DictType,
    FieldType,
    ListType,
    LiteralType,
    ObjectType,
    OptionalType,
    Scalar,
    ScalarType,
    Semantic,
    SemanticType,
)
from framework.lm.signatures.definition import MISSING, FieldDefinition, SignatureDefinition
from framework.lm.signatures.validation import problems, validated

CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.text(CHARACTERS, max_size=20)
# Among them the words of the class form, which a field of the same name would hide.
NAMES = st.one_of(
    st.from_regex(r"[a-z]x[a-z0-9]{0,6}(_[a-z]{1,3})?", fullmatch=True),
    st.sampled_from(
        ["str", "list", "date", "input", "output", "part", "Field", "Literal", "float", "Citation", "A", "b"]
    ),
)
NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)
WHOLE = st.integers(-1000, 1000)
LENGTHS = st.integers(0, 4)


@st.composite
def ranges(draw: st.DrawFn, limits: st.SearchStrategy[Any]) -> tuple[Any, Any]:
    """Two limits in order, either of which may be missing."""
    low, high = sorted((draw(limits), draw(limits)))
    choices: list[tuple[Any, Any]] = [(None, None), (low, None), (None, high), (low, high)]
    chosen: tuple[Any, Any] = draw(st.sampled_from(choices))
    return chosen


SCALARS: st.SearchStrategy[FieldType] = st.one_of(
    ranges(LENGTHS).map(lambda limits: ScalarType(Scalar.STR, *limits)),
    ranges(WHOLE).map(lambda limits: ScalarType(Scalar.INT, *limits)),
    ranges(NUMBERS).map(lambda limits: ScalarType(Scalar.FLOAT, *limits)),
    st.sampled_from([ScalarType(Scalar.BOOL), ScalarType(Scalar.DATE), ScalarType(Scalar.DATETIME)]),
)
LITERALS = st.lists(
    st.one_of(TEXTS.map(lambda text: f"{text}.".strip()), WHOLE, st.booleans()),
    min_size=1,
    max_size=4,
    unique_by=lambda value: str(value).lower(),
).map(lambda values: LiteralType(tuple(values)))
SEMANTICS = st.sampled_from(
    [
        SemanticType(Semantic.PROBABILITY),
        SemanticType(Semantic.SCORE),
        SemanticType(Semantic.CITATION),
        SemanticType(Semantic.EMBEDDING, 3),
    ]
)


def composed(inner: st.SearchStrategy[FieldType]) -> st.SearchStrategy[FieldType]:
    """Types made of other types."""
    parts = st.lists(fields(inner), min_size=1, max_size=3, unique_by=lambda part: part.name.replace("_", "").lower())
    return st.one_of(
        st.tuples(inner, ranges(LENGTHS)).map(lambda drawn: ListType(drawn[0], *drawn[1])),
        inner.map(DictType),
        inner.map(lambda item: item if isinstance(item, OptionalType) else OptionalType(item)),
        parts.map(lambda drawn: ObjectType(tuple(drawn))),
    )


@st.composite
def fields(draw: st.DrawFn, types: st.SearchStrategy[FieldType]) -> FieldDefinition:
    """A field, with a default that its type allows or with none."""
    field_type = draw(types)
    default = draw(st.one_of(st.just(MISSING), values(field_type)))
    return FieldDefinition(draw(NAMES), field_type, draw(TEXTS), default)


TYPES = st.recursive(st.one_of(SCALARS, LITERALS, SEMANTICS), composed, max_leaves=4)
ONLY_INPUT = st.sampled_from([SemanticType(Semantic.IMAGE), SemanticType(Semantic.HISTORY)])
ONLY_OUTPUT = st.just(SemanticType(Semantic.REASONING))


@st.composite
def signatures(draw: st.DrawFn) -> SignatureDefinition:
    """A sound definition in its canonical form."""
    inputs = draw(st.lists(fields(st.one_of(TYPES, ONLY_INPUT)), min_size=1, max_size=3))
    outputs = draw(st.lists(fields(st.one_of(TYPES, ONLY_OUTPUT)), min_size=1, max_size=3))
    taken: set[str] = set()
    definition = SignatureDefinition(_apart(inputs, taken), _apart(outputs, taken), draw(TEXTS))
    found = list(problems(definition))
    # A second History or Reasoning is refused, and so may a name be; nothing else may be wrong.
    assert {issue.code for issue in found} <= {"misplaced_type", "reserved_name"}, found
    if found:
        reject()
    return validated(definition)


def _apart(drawn: list[FieldDefinition], taken: set[str]) -> tuple[FieldDefinition, ...]:
    """The fields under names that differ."""
    apart = []
    for field in drawn:
        name = field.name
        while name.replace("_", "").lower() in taken:
            name += "x"
        taken.add(name.replace("_", "").lower())
        apart.append(replace(field, name=name))
    return tuple(apart)


def values(field_type: FieldType) -> st.SearchStrategy[Any]:
    """JSON values that a type allows."""
    match field_type:
        case ScalarType():
            return _scalar_values(field_type)
        case LiteralType(allowed):
            return st.sampled_from(allowed)
        case ListType(item, low, high):
            return st.lists(values(item), min_size=low or 0, max_size=(low or 0) + 2 if high is None else high)
        case DictType(value):
            return st.dictionaries(TEXTS, values(value), max_size=2)
        case OptionalType(item):
            return st.one_of(st.none(), values(item))
        case ObjectType(parts):
            needed = {part.name: values(part.type) for part in parts if part.required}
            optional = {part.name: values(part.type) for part in parts if not part.required}
            return st.fixed_dictionaries(needed, optional=optional)
        case SemanticType(name, size):
            return _semantic_values(name, size)


def payloads(parts: tuple[FieldDefinition, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """Values for one side of a signature."""
    return values(ObjectType(parts))


def _scalar_values(scalar: ScalarType) -> st.SearchStrategy[Any]:
    low: Any = scalar.minimum
    high: Any = scalar.maximum
    match scalar.kind:
        case Scalar.STR:
            return st.text(CHARACTERS, min_size=low or 0, max_size=(low or 0) + 5 if high is None else high)
        case Scalar.INT:
            return st.integers(-(2**53) + 1 if low is None else low, 2**53 - 1 if high is None else high)
        case Scalar.FLOAT:
            return st.floats(low, high, allow_nan=False, allow_infinity=False)
        case Scalar.BOOL:
            return st.booleans()
        case Scalar.DATE:
            return st.dates().map(lambda day: day.isoformat())
        case Scalar.DATETIME:
            early, late = datetime(1, 1, 2), datetime(9999, 12, 30)  # noqa: DTZ001 - the offset follows
            return st.datetimes(early, late).map(lambda moment: moment.replace(tzinfo=UTC).isoformat())


def _semantic_values(name: Semantic, size: int | None) -> st.SearchStrategy[Any]:
    match name:
        case Semantic.PROBABILITY | Semantic.SCORE:
            return st.floats(0, 1)
        case Semantic.REASONING:
            return TEXTS
        case Semantic.EMBEDDING:
            return st.lists(NUMBERS, min_size=size or 0, max_size=size)
        case Semantic.CITATION:
            some = TEXTS.filter(bool)
            return st.fixed_dictionaries({"source": some, "quote": some})
        case Semantic.IMAGE:
            return st.sampled_from(["https://example.test/cat.png", "data:image/png;base64,iVBORw0KGgo="])
        case Semantic.HISTORY:
            # Turns are of the signature's own names, which a field does not know.
            return st.just([])
