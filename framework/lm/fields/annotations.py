"""Field types as Python annotations: what Pydantic validates, and the plain form that a model is prompted with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Optional, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, create_model
from pydantic_core import PydanticCustomError

from framework.lm.fields.field_types import (
    MISSING,
    DictType,
    FieldDefinition,
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
from framework.lm.values.kept_json import kept_json

LARGEST_INTEGER = 2**53 - 1  # RFC 8259 §6: beyond it, JSON readers disagree about the number they read
LONGEST_HISTORY = 200
LONGEST_IMAGE = 10_000_000
# Never a path: DSPy would read the file and send it to the model.
IMAGE = r"^(https?://[^\s]+|data:image/[a-z0-9.+-]+;base64,[A-Za-z0-9+/]+={0,2})$"


class Citation(BaseModel):
    """A quotation and where it stands."""

    model_config = ConfigDict(extra="forbid")

    source: str = Field(min_length=1, description="Where the quotation stands: a title, an address or an id.")
    quote: str = Field(min_length=1, description="The words themselves.")


Limit: TypeAlias = Callable[[Any, dict[str, Any]], Any]

_SCALARS: dict[Scalar, Any] = {
    Scalar.STR: str,
    Scalar.INT: int,
    Scalar.FLOAT: float,
    Scalar.BOOL: bool,
    Scalar.DATE: date,
    Scalar.DATETIME: datetime,
}


@dataclass(frozen=True, slots=True)
class _Form:
    """How types become annotations: `limit` for a whole field, `part` for a part of an object."""

    limit: Limit
    part: Limit
    validates: bool
    image: Any = str

    @property
    def of_parts(self) -> _Form:
        return replace(self, limit=self.part)


def annotation_of(field_type: FieldType, *, named: str = "Value") -> Any:
    """The annotation that validates a value of this type; `named` names the models of the objects in it."""
    return _built(field_type, named, _Form(_limited, _limited, validates=True))


def python_annotation(field_type: FieldType, *, named: str = "Value", image: Any = str) -> Any:
    """The annotation a model is prompted with, as a user of DSPy would write it; `image` is the type of an image.

    A whole field has no limits, since DSPy would print them as Python objects. A part of an object has those that were
    declared, since a JSON schema can say them, and no others: not that more parts are refused, nor what JSON can count.
    """
    return _built(field_type, named, _Form(_unlimited, _limited, validates=False, image=image))


def pascal(name: str) -> str:
    """A field's name as part of the name of a model: `reply_to` gives `ReplyTo`."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def _built(field_type: FieldType, named: str, form: _Form) -> Any:
    match field_type:
        case ScalarType():
            return _scalar(field_type, form)
        case LiteralType(values):
            plain = all(isinstance(value, str) for value in values) or not form.validates
            return Literal[values] if plain else Annotated[Literal[values], BeforeValidator(_exactly(values))]
        case ListType(item, minimum, maximum):
            return form.limit(list[_built(item, named, form)], {"min_length": minimum, "max_length": maximum})  # type: ignore[misc]  # a type made at run time
        case DictType(value):
            return dict[str, _built(value, named, form)]  # type: ignore[misc]  # a type made at run time
        case OptionalType(item):
            return Optional[_built(item, named, form)]  # noqa: UP045 - `|` refuses a Literal of strings in Annotated
        case ObjectType(fields):
            return _object(fields, named, form.of_parts)
        case SemanticType(name, size):
            return _semantic(name, size, form)


def _scalar(scalar: ScalarType, form: _Form) -> Any:
    minimum, maximum = scalar.minimum, scalar.maximum
    if scalar.kind is Scalar.STR:
        return form.limit(str, {"min_length": minimum, "max_length": maximum})
    if scalar.kind is Scalar.INT:
        largest = LARGEST_INTEGER if form.validates else None
        low = -LARGEST_INTEGER if minimum is None and form.validates else minimum
        return form.limit(int, {"ge": low, "le": largest if maximum is None else maximum})
    if scalar.kind is Scalar.FLOAT:
        return form.limit(float, {"ge": minimum, "le": maximum, "allow_inf_nan": False})
    if scalar.kind is Scalar.DATETIME and form.validates:
        return Annotated[datetime, AfterValidator(_aware)]
    return _SCALARS[scalar.kind]


def _semantic(name: Semantic, size: int | None, form: _Form) -> Any:
    limit = form.limit
    match name:
        case Semantic.PROBABILITY | Semantic.SCORE:
            return limit(float, {"ge": 0.0, "le": 1.0, "allow_inf_nan": False})
        case Semantic.REASONING:
            return str
        case Semantic.EMBEDDING:
            return limit(list[limit(float, {"allow_inf_nan": False})], {"min_length": size, "max_length": size})  # type: ignore[misc]  # a type made at run time
        case Semantic.CITATION:
            return Citation
        case Semantic.IMAGE:
            return limit(str, {"pattern": IMAGE, "max_length": LONGEST_IMAGE}) if form.validates else form.image
        case Semantic.HISTORY:
            return limit(list[dict[str, Any]], {"max_length": LONGEST_HISTORY})


def _object(fields: tuple[FieldDefinition, ...], named: str, form: _Form) -> type[BaseModel]:
    parts: dict[str, Any] = {}
    for part in fields:
        annotation = _built(part.type, named + pascal(part.name), form)
        parts[part.name] = (annotation, pydantic_field(part, annotation))
    return create_model(named, __config__=ConfigDict(extra="forbid") if form.validates else None, **parts)


def pydantic_field(field: FieldDefinition, annotation: Any) -> Any:
    """The Pydantic field of a definition: its description, and its default as a Python value."""
    description = field.description or None
    if field.default is MISSING:
        return Field(description=description) if field.required else Field(default=None, description=description)
    return Field(default=read_json(field.default, annotation), description=description)


def _limited(annotation: Any, limits: dict[str, Any]) -> Any:
    limits_given = {name: value for name, value in limits.items() if value is not None}
    return Annotated[annotation, Field(**limits_given)] if limits_given else annotation


def _unlimited(annotation: Any, _limits: dict[str, Any]) -> Any:
    return annotation


def _exactly(values: tuple[str | int | bool, ...]) -> Callable[[Any], Any]:
    """Refuses `true` where 1 is listed, and 1 where `true` is: to Python, and so to Pydantic, they are equal."""
    kinds = {(type(value), value) for value in values}

    def check(value: Any) -> Any:
        if isinstance(value, int | float) and (type(value), value) not in kinds:
            raise PydanticCustomError("literal_error", "none of {expected}", {"expected": ", ".join(map(repr, values))})
        return value

    return check


def _aware(moment: datetime) -> datetime:
    """A moment without an offset is read as UTC, so that every machine reads the same moment."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_json(value: Any, annotation: Any) -> Any:
    """The Python value that a JSON value means; raises Pydantic's ValidationError, or NotKept.

    Strict, but in JSON mode: "3" is no integer, while "2026-11-21" is a date.
    """
    return TypeAdapter(annotation).validate_json(kept_json(value), strict=True)
