"""What a resource may say about its table."""

from __future__ import annotations

from dataclasses import dataclass

from framework.naming import table_name
from framework.spec.resource import ResourceSpec


@dataclass(frozen=True, slots=True)
class Table:
    """The name of the table, where the derived one will not do: `sections = (Table("legacy_notes"),)`."""

    name: str


def table_name_of(spec: ResourceSpec) -> str:
    """The name said, or else the plural of the resource's."""
    said = spec.sections.get(Table)
    return said.name if isinstance(said, Table) else table_name(spec.name)
