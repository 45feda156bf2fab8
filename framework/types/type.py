"""A type: what kind of value, within which limits, and how it is read from and written to JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from json import JSONDecodeError
from operator import getitem
from typing import Annotated, Any, Optional

from pydantic import ConfigDict, Field, PydanticUserError, TypeAdapter, ValidationError

from framework.errors import Issue, Path
from framework.types.canonical import canonical
from framework.types.duration_text import AS_TEXT
from framework.types.json_text import read_json
from framework.types.json_values import json_issues
from framework.types.model_json import in_our_durations
from framework.types.scalar_forms import Check
from framework.types.strict import check_of
from framework.types.versioned import STORED
from framework.wording import in_words


class Kind(StrEnum):
    """What a value is, independent of where it is kept or how it is shown."""

    STRING = "string"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    UUID = "uuid"
    DATE = "date"
    DATETIME = "datetime"
    DURATION = "duration"
    ENUM = "enum"
    LITERAL = "literal"
    LIST = "list"
    MAP = "map"
    MODEL = "model"
    VECTOR = "vector"
    JSON = "json"


NUMBERS = frozenset({Kind.INTEGER, Kind.FLOAT, Kind.DECIMAL})
ORDERED = NUMBERS | {Kind.STRING, Kind.UUID, Kind.DATE, Kind.DATETIME, Kind.DURATION, Kind.ENUM, Kind.LITERAL}
STRUCTURED = frozenset({Kind.LIST, Kind.MAP, Kind.MODEL, Kind.JSON})
# Kinds whose values a text does not hold as they are.
SPELLED = STRUCTURED | {Kind.INTEGER, Kind.FLOAT, Kind.BOOLEAN, Kind.ENUM, Kind.LITERAL, Kind.VECTOR}
BLANK_OFFSET = re.compile(r" \d{2}:?\d{2}$", re.ASCII)
MOST_ISSUES = 100


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of a value; each is inclusive, and absent when None."""

    ge: Any = None
    le: Any = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    max_digits: int | None = None
    decimal_places: int | None = None

    def said(self) -> dict[str, Any]:
        """Only the limits that were set, by name."""
        return {f.name: value for f in fields(self) if (value := getattr(self, f.name)) is not None}


UNLIMITED = Limits()


@dataclass(frozen=True, slots=True)
class Type:
    """A kind of value with its Python type, its limits and whether it may be absent.

    `item` is the element of a list or the value of a map, `choices` the stored values of an enum or literal,
    `dimensions` the length of a vector. `python` excludes None: `nullable` says that.
    """

    kind: Kind
    python: Any
    nullable: bool = False
    limits: Limits = UNLIMITED
    item: Type | None = None
    choices: tuple[str | int | bool, ...] = ()
    dimensions: int | None = None
    # It is looked up by for every value, and is as deep as the type.
    _hash: int | None = field(default=None, init=False, repr=False, compare=False)

    def __hash__(self) -> int:
        if self._hash is None:
            said = self.kind, self.python, self.nullable, self.limits, self.item, self.choices, self.dimensions
            object.__setattr__(self, "_hash", hash(said))
        assert self._hash is not None
        return self._hash

    def optional(self) -> Type:
        """The same type, with None allowed."""
        return replace(self, nullable=True)

    def required(self) -> Type:
        """The same type, without None."""
        return replace(self, nullable=False)

    @property
    def annotation(self) -> Any:
        """The annotation that Pydantic validates by, limits and None included."""
        limits = self.limits.said()
        # An `Annotated[list[str], ...]` keeps what it was annotated with.
        if self.python is list and self.item is not None:
            inner: Any = list.__class_getitem__(self.item.annotation)
        elif self.python is dict and self.item is not None:
            inner = dict.__class_getitem__((str, self.item.annotation))
        elif self.kind is Kind.VECTOR:
            inner = list[float]
            limits = {"min_length": self.dimensions, "max_length": self.dimensions}
        elif self.kind is Kind.DURATION:
            # Since Python 3.13 `Annotated` is no class, so that only indexing it is the same everywhere.
            inner = getitem(Annotated, (self.python, *AS_TEXT))
        else:
            inner = self.python
        bounded = Annotated[inner, Field(**limits)] if limits else inner
        return Optional[bounded] if self.nullable else bounded  # noqa: UP045 - built at run time

    def cast(self, value: Any, path: Path = ()) -> tuple[Any, tuple[Issue, ...]]:
        """The value as its Python type, or the issues that say why it is not one.

        It is written as Python or as JSON has it, and in no other way: `true` and `"7"` are no numbers.
        """
        if issues := self._form_issues(value, path):
            return None, issues
        return self._read(value, path, None)

    def cast_text(self, text: str, path: Path = ()) -> tuple[Any, tuple[Issue, ...]]:
        """The same of a text that may spell any value: an address has nothing but texts."""
        found, issues = self.cast(self._spelled(text), path)
        if issues and self.kind is Kind.DATETIME and BLANK_OFFSET.search(text):
            hint = "a `+` in an address means a blank: write the offset as `%2B02:00`"
            issues = tuple(replace(issue, hint=hint) for issue in issues)
        return found, issues

    def read_kept(self, value: Any, path: Path = ()) -> tuple[Any, tuple[Issue, ...]]:
        """A value that was stored, with names its model may since have lost, or in an older form; issues as `cast`."""
        return self._read(value, path, STORED)

    def _read(self, value: Any, path: Path, context: Mapping[str, Any] | None) -> tuple[Any, tuple[Issue, ...]]:
        try:
            return _adapter(self).validate_python(value, by_alias=False, by_name=True, context=context), ()
        except ValidationError as error:
            return None, issues_of(error, path)

    def dump(self, value: Any) -> Any:
        """The value as JSON has it: strings, numbers, booleans, lists, objects, None."""
        return self._written(value, None)

    def dump_to_keep(self, value: Any) -> Any:
        """The same, as it is stored and compared: values that are equal have one form, which says its version."""
        return self._written(canonical(value), STORED)

    def json_schema(self) -> dict[str, Any]:
        """JSON Schema 2020-12 of the value."""
        return _adapter(self).json_schema(by_alias=False)

    def _written(self, value: Any, context: Mapping[str, Any] | None) -> Any:
        if value is None:
            return None
        written = _adapter(self).dump_python(value, mode="json", by_alias=False, context=context)
        return in_our_durations(written, value) if _holds_a_model(self) else written

    def _form_issues(self, value: Any, path: Path) -> tuple[Issue, ...]:
        if value is None and self.nullable:
            return ()
        kept_as_json = self.kind in STRUCTURED or (self.kind is Kind.STRING and isinstance(value, str))
        if kept_as_json and (unkept := tuple(islice(json_issues(value, path), MOST_ISSUES))):
            return unkept
        check = _check(self)
        return () if check is None else check(value, path)[:MOST_ISSUES]

    def _spelled(self, text: str) -> Any:
        """The value that a text spells as JSON would, if it is of this type; else the text itself."""
        if self.kind not in SPELLED or text in self.choices or text != text.strip():
            return text
        try:
            return read_json(text)
        except JSONDecodeError:
            return text


UNKNOWN = Type(Kind.JSON, Any, nullable=True)
"""What stands for a type that could not be read."""


@lru_cache(maxsize=4096)
def _check(kind: Type) -> Check | None:
    return check_of(kind.annotation)


def _holds_a_model(kind: Type) -> bool:
    return kind.kind is Kind.MODEL or (kind.item is not None and _holds_a_model(kind.item))


@lru_cache(maxsize=4096)
def _adapter(kind: Type) -> TypeAdapter[Any]:
    # A non-finite number has no JSON form, so none is let in; a model brings its own configuration.
    try:
        return TypeAdapter(kind.annotation, config=ConfigDict(allow_inf_nan=False, ser_json_timedelta="iso8601"))
    except PydanticUserError:
        return TypeAdapter(kind.annotation)


def issues_of(error: ValidationError, path: Path = ()) -> tuple[Issue, ...]:
    """What Pydantic found wrong, in our words, as issues under `path`; the rejected value itself is never repeated."""
    return tuple(_issue(dict(found), path) for found in error.errors(include_url=False))


def _issue(found: dict[str, Any], path: Path) -> Issue:
    params = {name: _plain(fact) for name, fact in found.get("ctx", {}).items()}
    return Issue(found["type"], in_words({**found, "ctx": params}), (*path, *found["loc"]), params)


def _plain(fact: Any) -> int | float | bool | str:
    """A bound as JSON has it."""
    if isinstance(fact, date):
        return fact.isoformat()
    return fact if isinstance(fact, (int, float, bool)) else str(fact)
