"""Rules that hold for every record: what is unique, what must be true, what is looked up often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from framework.declare.source import here
from framework.errors import Source
from framework.expr.build import Expr


@dataclass(frozen=True, slots=True)
class IdentityWords:
    """What was said to be unique together."""

    source: Source
    fields: tuple[object, ...]
    where: Expr[bool] | None
    message: str | None


@dataclass(frozen=True, slots=True)
class CheckWords:
    """What was said to be true of every record."""

    source: Source
    condition: Expr[bool]
    message: str | None


@dataclass(frozen=True, slots=True)
class IndexWords:
    """What was said to be looked up often."""

    source: Source
    fields: tuple[object, ...]
    where: Expr[bool] | None


def identity(*fields: object, where: Expr[bool] | None = None, message: str | None = None) -> IdentityWords:
    """No two records (of those that `where` selects) share all of these values."""
    return IdentityWords(here(), fields, where, message)


def check(condition: Expr[bool], *, message: str | None = None) -> CheckWords:
    """A condition that the database refuses to break."""
    return CheckWords(here(), condition, message)


def index(*fields: object, where: Expr[bool] | None = None) -> IndexWords:
    """A look-up path; give `Note.title.desc()` to descend."""
    return IndexWords(here(), fields, where)


__all__: Sequence[str] = ["CheckWords", "IdentityWords", "IndexWords", "check", "identity", "index"]
