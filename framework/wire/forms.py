"""How values of a type are written, as data: what Python writes by it, a database can write by it too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from functools import lru_cache
from typing import Any

from framework.types.type import Kind, Type

Write = Callable[[Any], Any]


class Spelling(StrEnum):
    """The ways to write a value in JSON."""

    PLAIN = "plain"
    """As it is."""
    TEXT = "text"
    """As the text that names it."""
    MOMENT = "moment"
    """As RFC 3339 has it, with `Z` for UTC."""
    CHOICE = "choice"
    """As the stored value of a choice, or as the name that a transport gives it."""
    OWN = "own"
    """As its type writes it."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a value is written: `names` are those of choices, by the stored value; `kind` is the type of an OWN one."""

    spelling: Spelling
    names: tuple[tuple[str | int | bool, str], ...] = ()
    kind: Type | None = None


PLAIN = Form(Spelling.PLAIN)
TEXT = Form(Spelling.TEXT)
MOMENT = Form(Spelling.MOMENT)
CHOICE = Form(Spelling.CHOICE)
# What most records are made of is written as Pydantic writes it, at a fraction of the time.
BY_KIND = {
    Kind.STRING: PLAIN,
    Kind.INTEGER: PLAIN,
    Kind.FLOAT: PLAIN,
    Kind.BOOLEAN: PLAIN,
    Kind.LITERAL: PLAIN,
    Kind.UUID: TEXT,
    Kind.DATE: TEXT,
    Kind.DATETIME: MOMENT,
    Kind.ENUM: CHOICE,
}


def form_of(kind: Type) -> Form:
    """The form of a type in every transport that gives its choices no names of its own."""
    return BY_KIND.get(kind.kind) or Form(Spelling.OWN, kind=kind)


def write(value: Any, form: Form) -> Any:
    """The value in this form; None stays None."""
    written = writer(form)
    return value if value is None or written is None else written(value)


@lru_cache(maxsize=4096)
def writer(form: Form) -> Write | None:
    """What writes values (never None) in this form; None where they are written as they are."""
    match form:
        case Form(Spelling.PLAIN):
            return None
        case Form(Spelling.TEXT):
            return str
        case Form(Spelling.MOMENT):
            return _moment
        case Form(Spelling.CHOICE, names):
            return _named(dict(names)) if names else _stored
        case Form(kind=Type() as kind):
            return kind.dump
        case _:
            raise TypeError(f"{form!r} says nothing of how its values are written")


def _moment(value: datetime) -> str:
    text = value.isoformat()
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def _stored(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _named(names: dict[Any, str]) -> Write:
    return lambda value: names[value.value if isinstance(value, Enum) else value]
