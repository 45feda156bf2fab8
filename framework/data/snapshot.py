"""Everything stored at one moment: values that never change, so that keeping an old one is a rollback."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from framework.data.protocols import Row

Table = Mapping[Any, Row]
IndexKey = tuple[str, str]


class Snapshot:
    """Tables by the name of their resource, and within each the rows by primary key."""

    def __init__(self, tables: Mapping[str, Table] | None = None) -> None:
        self.tables = dict(tables or {})
        self._found: dict[IndexKey, dict[Any, list[Row]]] = {}

    def table(self, resource: str) -> Table:
        """The rows of a resource by primary key, in the order they came."""
        return self.tables.get(resource, {})

    def rows(self, resource: str) -> Collection[Row]:
        """The rows of a resource."""
        return self.table(resource).values()

    def matching(self, resource: str, attribute: str, value: Any) -> Sequence[Row]:
        """The rows that have this value (not absent), looked up in an index that is made when first asked for."""
        index = self._found.get((resource, attribute))
        if index is None:
            index = self._found[resource, attribute] = {}
            for row in self.rows(resource):
                if row[attribute] is not None:
                    index.setdefault(row[attribute], []).append(row)
        return index.get(value, ())

    def having(self, resource: str, table: Table) -> Snapshot:
        """The same with another table for this resource."""
        after = Snapshot({**self.tables, resource: table})
        after._found = {key: index for key, index in self._found.items() if key[0] != resource}
        return after
