"""What tables are called by whoever speaks of them: their own names, or those of their resources."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from framework.naming import table_name
from framework.sql.migrations.operations.renames import place_of, table_key

# Which resource a table is of, in its information.
RESOURCE = "resource_name"


@dataclass(frozen=True, slots=True)
class TableNames:
    """The tables that can be spoken of, by key, and the resources that are declared, by the keys of their tables."""

    tables: frozenset[str]
    resources: Mapping[str, str]

    @staticmethod
    def of(declared: sa.MetaData, tables: Iterable[str]) -> TableNames:
        """Those of the tables, where these are declared."""
        resources = {key: str(table.info[RESOURCE]) for key, table in declared.tables.items() if RESOURCE in table.info}
        return TableNames(frozenset(tables), resources)

    def one(self, name: str, meant: Collection[str]) -> str | None:
        """The one of the tables `meant` that is called so; None where there is none, or no telling which.

        Its schema need not be said where no other table that can be spoken of has the name.
        """
        for found in self._ways(name):
            if len(found) > 1:
                return None
            if found and found[0] in meant:
                return found[0]
        return None

    def all(self, name: str) -> Sequence[str]:
        """Every table that is called so."""
        return next((found for found in self._ways(name) if found), [])

    def _ways(self, name: str) -> Iterator[Sequence[str]]:
        """Those whose own name it is, then those of the resource that is declared, or of one that is no longer."""
        schema, resource = place_of(name)
        here = sorted(key for key in self.tables if schema is None or place_of(key)[0] == schema)
        yield self._named(name)
        yield [key for key in here if self.resources.get(key) == resource]
        derived = self._named(table_key(table_name(resource), schema))
        yield [key for key in derived if self.resources.get(key, resource) == resource]

    def _named(self, name: str) -> Sequence[str]:
        return [name] if name in self.tables else sorted(key for key in self.tables if place_of(key)[1] == name)
