"""An event as a reader gets it, and which events a reader wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from framework.data.protocols import Row
from framework.events.log_position import LogPosition
from framework.expr.nodes import Among, Compare, Comparison, Node, Ref, Value, every


@dataclass(frozen=True, slots=True)
class Entry:
    """One event and its position in the log, which a client keeps as `cursor`; `row` is all that is stored of it."""

    position: LogPosition
    type: str
    target_type: str
    target_id: str
    data: Mapping[str, Any]
    at: datetime
    row: Row = field(repr=False)

    @property
    def tenant(self) -> str | None:
        """The tenant that alone is told of it; None for everybody."""
        tenant: str | None = self.row.get("tenant")
        return tenant

    @property
    def cursor(self) -> str:
        """What to resume after."""
        return str(self.position)

    @classmethod
    def of(cls, row: Row, epoch: str = "") -> Entry:
        """The entry of a stored event, in that epoch of the log."""
        position = LogPosition(row["transaction"], row["seq"], epoch)
        return cls(position, row["type"], row["target_type"], row["target_id"], row["data"], row["at"], row)


@dataclass(frozen=True, slots=True)
class Interest:
    """Events of these types, about this record (any, when None)."""

    types: frozenset[str]
    target_id: str | None = None

    @property
    def condition(self) -> Node:
        """The condition of an event to be one of them."""
        about = None if self.target_id is None else Compare(Comparison.EQ, Ref("target_id"), Value(self.target_id))
        return every(Among(Ref("type"), tuple(sorted(self.types))), about)
