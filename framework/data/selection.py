"""A question to a data layer: everything bound, nothing left to decide."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from framework.expr.nodes import Along, Node, Ref
from framework.spec.resource import ResourceSpec


class Lock(StrEnum):
    """Whether the records found are held until the transaction ends.

    Who makes a record that links to one of them waits for what is to be destroyed alone. One who held it for an update
    would wait for whoever made such a record, and who made it for what else the update holds: in a circle.
    """

    NONE = "none"
    UPDATE = "update"
    DESTROY = "destroy"
    FREE = "free"  # those that nobody else holds; the others are left out


@dataclass(frozen=True, slots=True)
class Ordering:
    """One thing to sort by: a value of the record, or at the end of a path of links.

    Absent values come last, whichever the direction; a page read backwards turns that round (`nulls_first`).
    """

    by: Ref | Along
    descending: bool = False
    nulls_first: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """Records of a resource: which, in what order, how many, and which of their values.

    `values` names attributes and derived values. With `partition`, `limit` and `offset` count anew for each
    value of that attribute: the first three trials of every optimization, in one statement.
    """

    resource: ResourceSpec
    values: tuple[str, ...]
    filter: Node | None = None
    sort: tuple[Ordering, ...] = ()
    limit: int | None = None
    offset: int | None = None
    partition: str | None = None
    lock: Lock = Lock.NONE
