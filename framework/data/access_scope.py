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
    applies them however a record is met, so what is not to be seen is not there; the conditions themselves see all, of
    the tenant whose records `tenants` has, by resource, where any belong to tenants; `within` is its key as a text.
    """

    rows: Mapping[str, Node]
    fields: Mapping[str, Mapping[str, Node]]
    tenants: Mapping[str, Node] | None = None
    within: str | None = None

    @property
    def of_rows(self) -> AccessScope:
        """The same records, with all their values."""
        return AccessScope(self.rows, {}, self.tenants, self.within)

    @property
    def whole(self) -> AccessScope | None:
        """With nothing hidden but what belongs to other tenants; None for everything."""
        return None if self.tenants is None else AccessScope(self.tenants, {}, self.tenants, self.within)

    @property
    def of_a_tenant(self) -> bool:
        """Whether any records belong to tenants."""
        return self.tenants is not None

    def tenant(self, resource: str) -> Node | None:
        """Which records of the resource belong to the tenant; None where they belong to none."""
        return None if self.tenants is None else self.tenants.get(resource)

    def row(self, resource: str) -> Node | None:
        """Which records of the resource may be seen; None for all."""
        return self.rows.get(resource)

    def field(self, resource: str, name: str) -> Node | None:
        """Of which records the value of that name may be read; None for all."""
        return self.fields.get(resource, NO_FIELDS).get(name)
