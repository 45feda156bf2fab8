"""What may be seen of the records, for whoever asks: decided beforehand, and the same in every question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from framework.expr.nodes import Node

NO_FIELDS: Mapping[str, Node] = {}


@dataclass(frozen=True, slots=True)
class AccessScope:
    """Which records may be seen, by resource, and of which of these a value may be read, by resource and name.

    A resource that is not in `rows` is seen whole, a value that is not in `fields` wherever its record is; elsewhere it
    is absent. Names are those of attributes and derived values. The conditions are bound and reduced. A data layer
    applies them however a record is met, so what is not to be seen is not there; the conditions themselves see all.
    """

    rows: Mapping[str, Node]
    fields: Mapping[str, Mapping[str, Node]]

    @property
    def of_rows(self) -> AccessScope:
        """The same records, with all their values."""
        return AccessScope(self.rows, {})

    def row(self, resource: str) -> Node | None:
        """Which records of the resource may be seen; None for all."""
        return self.rows.get(resource)

    def field(self, resource: str, name: str) -> Node | None:
        """Of which records the value of that name may be read; None for all."""
        return self.fields.get(resource, NO_FIELDS).get(name)
