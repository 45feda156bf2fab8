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
    """A primary key or unique rule."""

    name: str
    columns: tuple[str, ...]
    primary: bool
    deferrable: bool
    deferred: bool


@dataclass(frozen=True, slots=True)
class IndexFound:
    """An index without a constraint; `columns` are None for expressions, `plain` where ours could be the same."""

    name: str
    columns: tuple[str | None, ...]
    descending: tuple[bool, ...]
    unique: bool
    where: str | None
    plain: bool
    definition: str


@dataclass(frozen=True, slots=True)
class TableFound:
    """A table or view, by its schema and name; `others` are rules that are known by their definition alone."""

    schema: str
    name: str
    kind: str
    comment: str | None = None
    child: bool = False
    columns: Sequence[ColumnFound] = ()
    uniques: Sequence[UniqueFound] = ()
    links: Sequence[LinkFound] = ()
    checks: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, str] = field(default_factory=dict)
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
