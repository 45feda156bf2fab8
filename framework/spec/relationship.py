"""A link from one resource to another, and the keys it goes by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from framework.errors import Source
from framework.spec.attribute import Default, Visibility


class OnDelete(StrEnum):
    """What becomes of a record when the one it belongs to is deleted."""

    RESTRICT = "restrict"
    CASCADE = "cascade"
    SET_NULL = "set_null"


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a link: to the records of `target` whose `target_attribute` equals the `attribute` here."""

    target: str
    attribute: str = ""
    target_attribute: str = ""


@dataclass(frozen=True, slots=True)
class RelationshipSpec:
    """The records that the hops lead to, one after the other; each is one of them once, whichever ways lead there.

    Whether they are `many` and whether this record holds their key are two things: a `belongs_to` leads to one and
    holds its key, a `has_many` is the inverse of one. Keys are filled in once every resource is known. `column` and
    `column_type` are those of the key, and `indexed` whether it is looked up by an index. `matched` are attributes here
    and at the other end that have to be the same besides.
    """

    name: str
    hops: tuple[Hop, ...]
    source: Source
    many: bool = False
    holds_key: bool = False
    nullable: bool = False
    on_delete: OnDelete = OnDelete.RESTRICT
    inverse: str | None = None
    visibility: Visibility = Visibility.PUBLIC
    doc: str = ""
    renamed_from: str | None = None
    backfill: Default | None = None
    column: str | None = None
    column_type: str | None = None
    indexed: bool = True
    matched: tuple[tuple[str, str], ...] = ()

    @property
    def target(self) -> str:
        """The resource at the other end."""
        return self.hops[-1].target

    @property
    def attribute(self) -> str:
        """The attribute of this record that the link begins with."""
        return self.hops[0].attribute

    @property
    def target_attribute(self) -> str:
        """The attribute of the records at the other end that it ends with."""
        return self.hops[-1].target_attribute

    @property
    def public(self) -> bool:
        """Whether transports may follow it."""
        return self.visibility is Visibility.PUBLIC
