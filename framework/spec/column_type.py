"""A PostgreSQL type as a declaration names it, for a column that stands already: `varchar(40)`, `mpaa_rating`.

Only what is listed here is taken, and the name of an enum of the database; nothing of it reaches a statement unread.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from framework.types.type import Kind, Limits, Type

WRITTEN = re.compile(r"([a-z][a-z0-9 ]*?)(?: ?\(([0-9]+)\))?( with(?:out)? time zone)?(\[\])?", re.IGNORECASE)
NAME = re.compile(r"(?:([A-Za-z_][A-Za-z0-9_]*)\.)?([A-Za-z_][A-Za-z0-9_]*)")
# As PostgreSQL itself writes them, and as people do.
SYNONYMS = {
    "character varying": "varchar",
    "character": "char",
    "bpchar": "char",
    "int2": "smallint",
    "int4": "integer",
    "int": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "decimal": "numeric",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
}
MEASURED = frozenset({"varchar", "char", "timestamp", "timestamptz"})
TEXTS = frozenset({"text", "varchar", "char"})
WHOLE = frozenset({"smallint", "integer", "bigint"})
PAIRS: dict[Kind, frozenset[str]] = {
    Kind.STRING: TEXTS,
    Kind.INTEGER: WHOLE,
    Kind.FLOAT: frozenset({"real", "double precision"}),
    Kind.BOOLEAN: frozenset({"boolean"}),
    Kind.DECIMAL: frozenset({"numeric"}),
    Kind.UUID: frozenset({"uuid"}),
    Kind.DATE: frozenset({"date"}),
    Kind.DATETIME: frozenset({"timestamp", "timestamptz"}),
    Kind.DURATION: frozenset({"interval"}),
    Kind.LIST: frozenset({"json", "jsonb"}),
    Kind.MAP: frozenset({"json", "jsonb"}),
    Kind.MODEL: frozenset({"json", "jsonb"}),
    Kind.JSON: frozenset({"json", "jsonb"}),
}
BUILT_IN = frozenset().union(*PAIRS.values())
LARGEST = {"smallint": 2**15 - 1, "integer": 2**31 - 1}
# Single precision (IEEE 754 binary32).
LARGEST_REAL = 3.4028234663852886e38


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A type by its name, with the number in its parentheses; `named` where it is an enum of the database."""

    name: str
    length: int | None = None
    array: bool = False
    named: bool = False
    schema: str | None = None

    def __str__(self) -> str:
        name = "bpchar" if self.name == "char" and self.length is None else self.name
        plain = name if self.length is None else f"{name}({self.length})"
        return f"{'' if self.schema is None else f'{self.schema}.'}{plain}{'[]' if self.array else ''}"

    @property
    def limits(self) -> Limits:
        """What the type itself keeps out."""
        if self.array:
            return Limits()
        if self.name in LARGEST:
            return Limits(ge=-LARGEST[self.name] - 1, le=LARGEST[self.name])
        if self.name == "real":
            return Limits(ge=-LARGEST_REAL, le=LARGEST_REAL)
        return Limits(max_length=self.length if self.name in ("varchar", "char") else None)


def column_type_of(said: object, kind: Type) -> ColumnType:
    """The type that was said for values of that kind; TypeError says why it cannot be."""
    if not isinstance(said, str):
        raise TypeError(f"`column_type` is the name of a PostgreSQL type, as a text, not {said!r}")
    built_in = _built_in(said)
    if built_in is not None:
        return _fitting(built_in, kind, said)
    name = NAME.fullmatch(said)
    if name is None:
        raise TypeError(f"`{said}` is no type of a column that is known here: {_there_are(kind)}")
    if kind.kind not in (Kind.ENUM, Kind.LITERAL) or not all(isinstance(choice, str) for choice in kind.choices):
        raise TypeError(f"a {kind.kind} cannot be kept in a column of the type {said}: {_there_are(kind)}")
    return ColumnType(name[2], named=True, schema=name[1])


def with_limits_of(kind: Type, column: ColumnType) -> Type:
    """The type with what its column keeps out besides, so that it is refused before a statement is sent."""
    if column.array and kind.item is not None:
        return replace(kind, item=_narrowed(kind.item, replace(column, array=False)))
    return _narrowed(kind, column)


def _narrowed(kind: Type, column: ColumnType) -> Type:
    if kind.kind in (Kind.ENUM, Kind.LITERAL):
        return kind
    said, kept = kind.limits, column.limits
    narrower: dict[str, Any] = {}
    for name, closer in (("ge", max), ("le", min), ("max_length", min)):
        bounds = [bound for bound in (getattr(said, name), getattr(kept, name)) if bound is not None]
        narrower[name] = closer(bounds) if bounds else None
    return replace(kind, limits=replace(said, **narrower))


def _built_in(said: str) -> ColumnType | None:
    written = WRITTEN.fullmatch(said)
    if written is None:
        return None
    plain, length, zone, array = written.groups()
    spelled = f"{plain}{zone or ''}".lower()
    name = SYNONYMS.get(spelled, spelled)
    if name not in BUILT_IN or (length is not None and name not in MEASURED):
        return None
    return ColumnType(name, int(length) if length else None, array is not None)


def _fitting(column: ColumnType, kind: Type, said: str) -> ColumnType:
    if column.name == "char" and column.length is None and said.lower() != "bpchar":
        raise TypeError("`char` needs its length, char(5); without one it is `bpchar`")
    if column.array:
        fits = kind.kind is Kind.LIST and kind.item is not None and column.name in _names(kind.item)
        # An array in an array is as long as its neighbours, and a document has no element type of its own.
        fits = fits and column.name not in ("char", "json", "jsonb", "timestamp")
    else:
        fits = column.name in _names(kind)
    if not fits:
        raise TypeError(f"a {kind.kind} cannot be kept in a column of the type {said}: {_there_are(kind)}")
    return column


def _names(kind: Type) -> frozenset[str]:
    if kind.kind not in (Kind.ENUM, Kind.LITERAL):
        return PAIRS.get(kind.kind, frozenset())
    if all(isinstance(choice, bool) for choice in kind.choices):
        return PAIRS[Kind.BOOLEAN]
    return WHOLE if all(isinstance(choice, int) for choice in kind.choices) else TEXTS


def _there_are(kind: Type) -> str:
    names = sorted(_names(kind))
    if kind.kind is Kind.LIST and kind.item is not None:
        names += [f"{name}[]" for name in sorted(_names(kind.item)) if name not in ("char", "timestamp")]
    if kind.kind in (Kind.ENUM, Kind.LITERAL) and "text" in names:
        names.append("the name of an enum of the database")
    return ", ".join(names) if names else "such values have one type only"
