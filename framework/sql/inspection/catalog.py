"""What PostgreSQL's catalog says of tables and views, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ColumnFound:
    """A column; `type` as PostgreSQL writes it, that of a domain's base where it is of one."""

    name: str
    type: str
    required: bool
    default: str | None = None
    identity: bool = False
    generated: bool = False
    comment: str | None = None
    collation: str | None = None
    domain: str | None = None
    enum: tuple[str, ...] = ()
    enum_name: str | None = None
    enum_schema: str | None = None


@dataclass(frozen=True, slots=True)
class LinkFound:
    """A foreign key; `on_delete` is PostgreSQL's letter for what follows a deletion."""

    name: str
    columns: tuple[str, ...]
    table: str
    targets: tuple[str, ...]
    on_delete: str


@dataclass(frozen=True, slots=True)
class UniqueFound:
    """A primary key or unique rule; `absent_alike` where two absent values are the same one."""

    name: str
    columns: tuple[str, ...]
    primary: bool
    deferrable: bool
    deferred: bool
    absent_alike: bool = False
    definition: str = ""


@dataclass(frozen=True, slots=True)
class ExclusionFound:
    """An exclusion constraint; `where` is its condition."""

    name: str
    definition: str
    where: str | None
    deferrable: bool
    deferred: bool


@dataclass(frozen=True, slots=True)
class PartFound:
    """What an index is of: a column, or else an expression; `operators` where they are not its type's own."""

    column: str | None
    expression: str
    descending: bool = False
    operators: str | None = None


@dataclass(frozen=True, slots=True)
class IndexFound:
    """An index without a constraint; `absent_first` where absent values come in another place than ours have them."""

    name: str
    parts: tuple[PartFound, ...]
    unique: bool
    where: str | None
    definition: str
    kind: str = "btree"
    include: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    absent_alike: bool = False
    absent_first: bool = False
    valid: bool = True

    @property
    def columns(self) -> tuple[str | None, ...]:
        """The columns that it is of, None for an expression."""
        return tuple(part.column for part in self.parts)

    @property
    def plain(self) -> bool:
        """Whether it is a B-tree over columns alone, in their own order, without a word besides."""
        bare = all(part.column and not part.descending and part.operators is None for part in self.parts)
        extras = self.include or self.options or self.where or self.absent_alike or self.absent_first
        return bare and self.kind == "btree" and self.valid and not extras


@dataclass(frozen=True, slots=True)
class TableFound:
    """A table or view, by its schema and name; `child` where it is part of another, `parent` where others are of it."""

    schema: str
    name: str
    kind: str
    comment: str | None = None
    child: bool = False
    parent: bool = False
    columns: Sequence[ColumnFound] = ()
    uniques: Sequence[UniqueFound] = ()
    links: Sequence[LinkFound] = ()
    checks: Mapping[str, str] = field(default_factory=dict)
    exclusions: Sequence[ExclusionFound] = ()
    indexes: Sequence[IndexFound] = ()
    triggers: Sequence[str] = ()

    @property
    def key(self) -> str:
        """The name with the schema."""
        return f"{self.schema}.{self.name}"

    @property
    def view(self) -> bool:
        """Whether it is one: nothing is stored there."""
        return self.kind in ("v", "m")

    @property
    def primary(self) -> UniqueFound | None:
        """The primary key."""
        return next((unique for unique in self.uniques if unique.primary), None)


Row = Mapping[str, Any]
