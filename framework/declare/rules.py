"""Rules that hold for every record: what is unique, what must be true, what is looked up often, how long it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from framework.declare.source import here
from framework.errors import Source
from framework.expr.build import Expr

NOTHING: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class IdentityOptions:
    """What was said to be unique together."""

    source: Source
    fields: tuple[object, ...]
    where: Expr[bool] | None
    message: str | None
    deferrable: bool
    nulls_not_distinct: bool
    across_tenants: bool


@dataclass(frozen=True, slots=True)
class ExclusionOptions:
    """What was said to share nothing at the same time."""

    source: Source
    fields: tuple[object, ...]
    overlapping: Any
    where: Expr[bool] | None
    message: str | None


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
    kind: str
    include: Any
    operators: Any
    options: Any


@dataclass(frozen=True, slots=True)
class RetentionOptions:
    """How long records were said to be kept."""

    source: Source
    after: Any
    since: object
    where: Expr[bool] | None
    order: Any
    partition_every: Any


def identity(
    *fields: object,
    where: Expr[bool] | None = None,
    message: str | None = None,
    deferrable: bool = True,
    nulls_not_distinct: bool = False,
    across_tenants: bool = False,
) -> IdentityOptions:
    """No two records (of those that `where` selects) share all of these values, each an attribute or `email.lower()`.

    It is looked at once a statement is done, so that records can exchange them; row by row where it is not
    `deferrable`, as most tables have it that stand already. A record with an absent value among them collides with
    none, unless `nulls_not_distinct`. Records that belong to tenants are told apart within their tenant, unless it
    holds `across_tenants`.
    """
    return IdentityOptions(here(), fields, where, message, deferrable, nulls_not_distinct, across_tenants)


def exclude(
    *fields: object,
    overlapping: tuple[object, object],
    where: Expr[bool] | None = None,
    message: str | None = None,
) -> ExclusionOptions:
    """No two records (of those that `where` selects) share these values while their spans overlap.

    `overlapping=(starts, ends)` names the attributes a span is from and up to; the end itself is free.
    """
    return ExclusionOptions(here(), fields, overlapping, where, message)


def check(condition: Expr[bool], *, message: str | None = None) -> CheckOptions:
    """A condition that the database refuses to break."""
    return CheckOptions(here(), condition, message)


def index(
    *fields: object,
    where: Expr[bool] | None = None,
    kind: str = "btree",
    include: Sequence[object] = (),
    operators: str | None = None,
    options: Mapping[str, int] = NOTHING,
) -> IndexOptions:
    """A look-up path; give `Note.title.desc()` to descend, `Note.title.lower()` for what is worked out.

    `kind` is one of `IndexKind`. `include` are attributes that are kept in it besides, `operators` is the operator
    class (`gin_trgm_ops`, `jsonb_path_ops`, `vector_cosine_ops`), `options` are storage parameters (`{"m": 16}`).
    """
    return IndexOptions(here(), fields, where, kind, include, operators, options)


def retention(
    *,
    after: timedelta,
    since: object,
    where: Expr[bool] | None = None,
    in_order: Sequence[object] = (),
    partition_every: timedelta | None = None,
) -> RetentionOptions:
    """Records are removed once the moment `since` is longer ago than `after`, of those that `where` selects.

    What others hold a key of by a link that says RESTRICT is kept as long as they do. With `in_order=(transaction,
    seq)` records go in that order, none before those ahead of it. `DSPEX_RETENTION` has an installation keep them for
    another time, or for ever.

    With `partition_every=timedelta(days=7)` the table is partitioned by `since`, and the records of a partition go
    together, by dropping it, once the youngest that it can hold is that old.
    """
    return RetentionOptions(here(), after, since, where, in_order, partition_every)


__all__: Sequence[str] = [
    "CheckOptions",
    "ExclusionOptions",
    "IdentityOptions",
    "IndexOptions",
    "RetentionOptions",
    "check",
    "exclude",
    "identity",
    "index",
    "retention",
]
