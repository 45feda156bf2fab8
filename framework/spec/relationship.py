"""A link from one resource to another, and the keys it goes by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from framework.errors import Source
from framework.spec.attribute import Visibility


class Cardinality(StrEnum):
    """How many records stand at the other end."""

    ONE = "one"
    MANY = "many"


class OnDelete(StrEnum):
    """What becomes of a record when the one it belongs to is deleted."""

    RESTRICT = "restrict"
    CASCADE = "cascade"
    SET_NULL = "set_null"


@dataclass(frozen=True, slots=True)
class RelationshipSpec:
    """Records of `target` whose `target_attribute` equals this record's `attribute`.

    A `belongs_to` (ONE) holds the key itself; a `has_many` (MANY) is the inverse of one.
    """

    name: str
    target: str
    cardinality: Cardinality
    attribute: str
    target_attribute: str
    source: Source
    nullable: bool = False
    on_delete: OnDelete = OnDelete.RESTRICT
    inverse: str | None = None
    visibility: Visibility = Visibility.PUBLIC
    doc: str = ""

    @property
    def public(self) -> bool:
        """Whether transports may follow it."""
        return self.visibility is Visibility.PUBLIC

    @property
    def many(self) -> bool:
        """Whether it leads to a list."""
        return self.cardinality is Cardinality.MANY
