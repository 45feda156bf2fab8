"""A typed value of a resource: where it comes from and who may see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from framework.errors import Source
from framework.expr.nodes import Node, Ref, walk
from framework.spec.column_type import ColumnType
from framework.types.type import Type


class Absent(StrEnum):
    """The mark for "no value was given", which None is not."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


class Origin(StrEnum):
    """Who makes the value: whoever calls the action, this application, the tenant that is acted in, or the database, by
    counting or calculating."""

    GIVEN = "given"
    GENERATED = "generated"
    TENANT = "tenant"
    SEQUENCE = "sequence"
    COMPUTED = "computed"


class Visibility(StrEnum):
    """Who sees the value: everyone, or no transport at all."""

    PUBLIC = "public"
    PRIVATE = "private"


BY_THE_DATABASE = frozenset({Origin.SEQUENCE, Origin.COMPUTED})
NOT_GIVEN = BY_THE_DATABASE | {Origin.TENANT}


@dataclass(frozen=True, slots=True)
class Default:
    """What an attribute is when nothing is said: a value, a fresh value from `make`, or a database expression."""

    value: Any = ABSENT
    make: Callable[[], Any] | None = None
    node: Node | None = None

    def fresh(self) -> Any:
        """The value to write: a plain one, or an expression for the data layer."""
        if self.make is not None:
            return self.make()
        return self.node if self.node is not None else self.value


@dataclass(frozen=True, slots=True)
class AttributeSpec:
    """A stored value.

    `touched` is what it becomes on every update; `sensitive` is redacted wherever it might be written; `renamed_from`
    is the name that it is stored under until a migration renames it, `backfill` what a migration gives to records that
    have none, `renamed_members` the plain values that members of its enum were stored as, with what they are now.
    `column` and `column_type` are those of the column, where they are not the derived ones.
    `computed` is the expression that it is always worked out by, whenever the record is written.
    """

    name: str
    type: Type
    source: Source
    doc: str = ""
    primary_key: bool = False
    origin: Origin = Origin.GIVEN
    default: Default | None = None
    touched: Node | None = None
    visibility: Visibility = Visibility.PUBLIC
    sensitive: bool = False
    renamed_from: str | None = None
    backfill: Default | None = None
    computed: Node | None = None
    renamed_members: Mapping[Any, Any] = field(default_factory=dict)
    column: str | None = None
    column_type: ColumnType | None = None

    @property
    def column_name(self) -> str:
        """What it is stored under."""
        return self.column or self.name

    @property
    def public(self) -> bool:
        """Whether transports may show it."""
        return self.visibility is Visibility.PUBLIC

    @property
    def required(self) -> bool:
        """Whether a create has to be given it."""
        return not self.type.nullable and self.default is None and self.origin not in NOT_GIVEN


@dataclass(frozen=True, slots=True)
class DerivedSpec:
    """A value worked out on read from an expression: a calculation, or an aggregate over related records."""

    name: str
    type: Type
    node: Node
    source: Source
    doc: str = ""
    visibility: Visibility = Visibility.PUBLIC

    @property
    def public(self) -> bool:
        """Whether transports may show it."""
        return self.visibility is Visibility.PUBLIC


@dataclass(frozen=True, slots=True)
class IdentitySpec:
    """Values that are unique together, among the records that `where` selects (all, when None).

    A part is an attribute (`Ref`) or worked out of some. Records with an absent value among the parts never collide,
    unless `nulls_not_distinct`. `across_tenants` says that it holds for the records of all tenants together.

    It is looked at once a statement is done where it is `deferrable`, and else row by row.
    """

    name: str
    parts: tuple[Node, ...]
    source: Source
    where: Node | None = None
    message: str | None = None
    deferrable: bool = True
    nulls_not_distinct: bool = False
    across_tenants: bool = False

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes that the parts are made of, each once."""
        return names_in(*self.parts)

    @property
    def whole(self) -> bool:
        """Whether it is of attributes as they are, in all records: what a unique constraint can say."""
        return self.where is None and all(isinstance(part, Ref) for part in self.parts)


@dataclass(frozen=True, slots=True)
class ExclusionSpec:
    """That no two records, among those that `where` selects, share the parts while their spans overlap.

    A span is from the attribute `start` up to `end`, which is no more part of it; where one is absent, it is open.
    """

    name: str
    parts: tuple[Node, ...]
    start: str
    end: str
    source: Source
    where: Node | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """A condition on the stored values that the database itself upholds."""

    name: str
    node: Node
    source: Source
    message: str | None = None


class IndexKind(StrEnum):
    """How PostgreSQL finds what is looked up."""

    BTREE = "btree"
    HASH = "hash"
    GIN = "gin"
    GIST = "gist"
    BRIN = "brin"
    HNSW = "hnsw"
    IVFFLAT = "ivfflat"


@dataclass(frozen=True, slots=True)
class IndexPart:
    """An attribute (`Ref`), or what is worked out of some; ascending, unless said otherwise."""

    node: Node
    descending: bool = False


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """A look-up path worth keeping.

    `include` are attributes kept in it besides; `operators` is PostgreSQL's operator class, by its name; `options` are
    its storage parameters. `among` calls the records that `where` selects, for its name.
    """

    parts: tuple[IndexPart, ...]
    source: Source
    where: Node | None = None
    kind: IndexKind = IndexKind.BTREE
    include: tuple[str, ...] = ()
    operators: str | None = None
    options: Mapping[str, int] = field(default_factory=dict)
    among: str = "partial"


def names_in(*nodes: Node) -> tuple[str, ...]:
    """The attributes that expressions over one record speak of, each once."""
    return tuple(dict.fromkeys(part.name for node in nodes for part in walk(node) if isinstance(part, Ref)))
