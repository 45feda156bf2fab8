"""The words that a signature written as a class says its fields with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from framework.lm.fields.field_types import MISSING, Default


class Side(StrEnum):
    """Where a field of a class stands."""

    INPUT = "input"
    OUTPUT = "output"
    PART = "part"


@dataclass(frozen=True, slots=True)
class ClassField:
    """What a class says of a field besides its annotation."""

    side: Side
    description: str
    default: Default


def input(desc: str = "", *, default: Any = MISSING) -> Any:  # noqa: A001 - the word of the signature language
    """An input of the signature; `Any`, so that the annotation beside it is what type checkers see."""
    return ClassField(Side.INPUT, desc, default)


def output(desc: str = "", *, default: Any = MISSING) -> Any:
    """An output of the signature."""
    return ClassField(Side.OUTPUT, desc, default)


def part(desc: str = "", *, default: Any = MISSING) -> Any:
    """A part of an object, where it has a description or a default."""
    return ClassField(Side.PART, desc, default)
