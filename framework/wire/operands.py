"""The values a client compares with: typed like the attribute they stand against, and safe to send to a database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from framework.errors import Issue, Path
from framework.types.type import Kind, Limits, Type

TEXT = Type(Kind.STRING, str)
FLAG = Type(Kind.BOOLEAN, bool)
# What a database keeps as a whole number; a larger one equals none that is stored.
SMALLEST, LARGEST = -(2**63), 2**63 - 1


def comparable(kind: Type) -> Type:
    """The type without limits and without None: a value out of bounds may be asked for, there is just none."""
    return replace(kind, limits=Limits(), nullable=False)


class Text(str):
    """A value out of an address, which has nothing but texts: it may spell a value of any type."""

    __slots__ = ()


def cast_operand(value: Any, kind: Type, path: Path) -> tuple[Any, tuple[Issue, ...]]:
    """The value as `kind` has it, or the issues that say why it is not one."""
    wanted = comparable(kind)
    found, issues = wanted.cast_text(value, path) if isinstance(value, Text) else wanted.cast(value, path)
    if not issues:
        issues = tuple(_unsafe(found, path))
    return (None, issues) if issues else (found, ())


def _unsafe(value: Any, path: Path) -> Iterable[Issue]:
    if isinstance(value, str) and "\x00" in value:
        yield Issue("nul_character", "a text holds no NUL character", path)
    if isinstance(value, int) and not SMALLEST <= value <= LARGEST:
        yield Issue("out_of_range", "a whole number lies between -2⁶³ and 2⁶³-1", path)
