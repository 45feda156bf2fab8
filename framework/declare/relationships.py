"""Relationships: `One[R]` holds the key of another record, `Many[R]` is the inverse of such a link."""

from __future__ import annotations

from dataclasses import dataclass
from inspect import getattr_static
from typing import TYPE_CHECKING, Any, Generic, Never, TypeVar, overload

from framework.declare.resource import Resource
from framework.declare.source import here
from framework.errors import Source
from framework.expr.build import Expr, Related, Walk
from framework.expr.nodes import Ref
from framework.expr.scopes import Path, Scope, Start
from framework.naming import foreign_key_name
from framework.spec.attribute import ABSENT, Visibility
from framework.spec.relationship import OnDelete

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class RelationshipOptions:
    """What was said of a link; its target stands in the annotation."""

    source: Source
    doc: str = ""
    on_delete: OnDelete = OnDelete.RESTRICT
    via: str | None = None
    visibility: Visibility = Visibility.PUBLIC
    renamed_from: str | None = None
    backfill: Any = ABSENT
    column: str | None = None
    column_type: str | None = None
    indexed: bool = True


class Link:
    """A named relationship. Its own names end in `_`, as no field may, so that they hide none of the other end's."""

    def __init__(self, options: RelationshipOptions) -> None:
        self.options_ = options
        self.name_ = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name_ = name

    def from_(self, scope: Scope) -> Path:
        """The way to the other end, from a record on."""
        return Path(scope, (self.name_,))


class KeyOf(Expr[Any]):
    """The key of a `belongs_to`, an attribute by itself: `product.store_id`, `Product.store_id`.

    A bare `store_id: Attr[UUID]` in the class body tells type checkers of it.
    """

    def __init__(self, name: str) -> None:
        super().__init__(lambda: Start(None, Ref(name)))
        self._name = name

    def __get__(self, instance: Resource | None, owner: type[Resource]) -> Any:
        return Expr(lambda: Start(owner, Ref(self._name))) if instance is None else instance[self._name]


class One(Link, Walk, Generic[R_co]):
    """The record that this one belongs to; on the class and in its body, a path: `Optimization.program.name`."""

    def __init__(self, options: RelationshipOptions) -> None:
        Link.__init__(self, options)
        Walk.__init__(self, lambda: self.from_(None))

    def __set_name__(self, owner: type, name: str) -> None:
        super().__set_name__(owner, name)
        key = foreign_key_name(name)
        if getattr_static(owner, key, None) is None:
            setattr(owner, key, KeyOf(key))

    @overload
    # One[Program] is a One[Program | None] too, so this serves both.
    def __get__(self: One[R | None], instance: None, owner: type[Resource]) -> type[R]: ...
    @overload
    def __get__(self, instance: Resource, owner: type[Resource]) -> R_co: ...
    def __get__(self, instance: Resource | None, owner: type[Resource]) -> Any:
        return Walk(lambda: self.from_(owner)) if instance is None else instance[self.name_]

    if TYPE_CHECKING:
        # Records refuse assignment by themselves; this lets a checker say so on the line.
        def __set__(self, instance: Resource, value: Never) -> None: ...


class Many(Link, Related[R]):
    """The records that belong to this one; in the class body, something to set conditions on."""

    def __init__(self, options: RelationshipOptions) -> None:
        Link.__init__(self, options)
        Related.__init__(self, lambda: self.from_(None))

    @overload
    def __get__(self, instance: None, owner: type[Resource]) -> Related[R]: ...
    @overload
    def __get__(self, instance: Resource, owner: type[Resource]) -> list[R]: ...
    def __get__(self, instance: Resource | None, owner: type[Resource]) -> Related[R] | list[R]:
        if instance is None:
            return Related(lambda: self.from_(owner))
        found: list[R] = instance[self.name_]
        return found

    if TYPE_CHECKING:

        def __set__(self, instance: Resource, value: Never) -> None: ...


def belongs_to(  # noqa: PLR0913 - the words a link may say
    *,
    on_delete: OnDelete = OnDelete.RESTRICT,
    doc: str = "",
    private: bool = False,
    renamed_from: str | None = None,
    backfill: Any = ABSENT,
    column: str | None = None,
    column_type: str | None = None,
    index: bool = True,
) -> One[Any]:
    """A link that this record holds the key of, in an attribute `<name>_id`. `One[R | None]` makes it optional.

    `renamed_from` is the name the link had before, so that a migration keeps the keys that are stored. `backfill` is
    the key that records get which stand already when the link comes: a value, or an expression over the record.
    `column` is the name of the key's column and `column_type` that of the column's PostgreSQL type (otherwise that of
    the other record's key), where a table stands that has others. An `index` over the key serves loading and deleting;
    leave it out where a table stands that has none.
    """
    visibility = Visibility.PRIVATE if private else Visibility.PUBLIC
    options = RelationshipOptions(
        source=here(),
        doc=doc,
        on_delete=on_delete,
        visibility=visibility,
        renamed_from=renamed_from,
        backfill=backfill,
        column=column,
        column_type=column_type,
        indexed=index,
    )
    return One(options)


def has_many(via: str | None = None, *, doc: str = "", private: bool = False) -> Many[Any]:
    """The inverse of a `belongs_to`; `via` names it where the other resource has several to this one."""
    visibility = Visibility.PRIVATE if private else Visibility.PUBLIC
    return Many(RelationshipOptions(here(), doc, OnDelete.RESTRICT, via, visibility))
