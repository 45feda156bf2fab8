"""How what a client sends becomes one of our values, as data: the counterpart of `wire/forms.py`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


@dataclass(frozen=True, slots=True)
class AsGiven:
    """One of our values already."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice, by the name that GraphQL has for it; `values` are the stored ones."""

    values: Mapping[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class Digits:
    """A whole number that is written as a text."""


@dataclass(frozen=True, slots=True)
class Items:
    """A list, each item of which is read by itself."""

    item: InputForm


@dataclass(frozen=True, slots=True)
class Fields:
    """An object: by the name of each of its fields our own name, and how the value is read."""

    # A model that holds others of its kind is among its own fields, so they are not printed.
    names: Mapping[str, tuple[str, InputForm]] = field(repr=False)


InputForm = AsGiven | Digits | Choice | Items | Fields
AS_GIVEN = AsGiven()
DIGITS = Digits()
# More digits than these are no number of 64 bits.
WHOLE = re.compile(r"-?\d{1,20}", re.ASCII)


def read(value: Any, form: InputForm) -> Any:
    """The value as ours; what was left out of an object stays out, and null stays null."""
    if value is None:
        return None
    match form:
        case Choice(values):
            return _chosen(value, values)
        case Digits():
            return whole_number(value)
        case Items(item):
            return [read(each, item) for each in value]
        case Fields(names) if isinstance(value, Mapping):
            return {names[given][0]: read(each, names[given][1]) for given, each in value.items()}
        case _:
            return value


def whole_number(value: Any) -> Any:
    """The number that a text of digits is; anything else as it was given, for its type to refuse."""
    return int(value) if isinstance(value, str) and WHOLE.fullmatch(value) else value


def _chosen(value: Any, values: Mapping[str, str | int | bool]) -> Any:
    """The stored value: a name comes as a member of the schema's enum, or as text where nobody has looked it up."""
    if isinstance(value, Enum):
        return value.value
    return values.get(value, value) if isinstance(value, str) else value
