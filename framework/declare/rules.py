"""Rules that hold for every record: what is unique, what must be true, what is looked up often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from framework.declare.source import here
from framework.errors import Source
from framework.expr.build import Expr


@dataclass(frozen=True, slots=True)
class IdentityOptions:
    """What was said to be unique together."""

    source: Source
    fields: tuple[object, ...]
    where: Expr[bool] | None
    message: str | None
    deferrable: bool = True


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What was said to be true of every record."""

    source: Source
    condition: Expr[bool]
    message: str | None


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """What was said to be looked up often."""

    source: Source
    fields: tuple[object, ...]
    where: Expr[bool] | None


def identity(
    *fields: object, where: Expr[bool] | None = None, message: str | None = None, deferrable: bool = True
) -> IdentityOptions:
    """No two records (of those that `where` selects) share all of these values.

    It is looked at once a statement is done, so that records can exchange them; row by row where it is not
    `deferrable`, as most tables have it that stand already.
    """
    return IdentityOptions(here(), fields, where, message, deferrable)


def check(condition: Expr[bool], *, message: str | None = None) -> CheckOptions:
    """A condition that the database refuses to break."""
    return CheckOptions(here(), condition, message)


def index(*fields: object, where: Expr[bool] | None = None) -> IndexOptions:
    """A look-up path; give `Note.title.desc()` to descend."""
    return IndexOptions(here(), fields, where)


__all__: Sequence[str] = ["CheckOptions", "IdentityOptions", "IndexOptions", "check", "identity", "index"]
