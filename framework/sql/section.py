"""What a resource may say about its table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from framework.naming import table_name
from framework.spec.resource import ResourceSpec


@dataclass(frozen=True, slots=True)
class Table:
    """Where the records are kept: `sections = (Table("legacy_notes", schema="crm"),)`.

    `name` is the table's, where the derived one will not do. `schema` is its own, where it is not its domain's
    (`Domain(…, schema=…)`). With `managed=False` others own the table or view: it is read, and written by the actions
    declared, and never made, altered or dropped. `names` are those of its keys, links, rules and indexes where they
    have others than the derived ones, by these: `names={"pk_legacy_notes": "legacy_notes_pkey"}`.
    """

    name: str | None = None
    schema: str | None = field(default=None, kw_only=True)
    managed: bool = field(default=True, kw_only=True)
    names: Mapping[str, str] = field(default_factory=dict, kw_only=True)


def table_name_of(spec: ResourceSpec) -> str:
    """The name said, or else the plural of the resource's."""
    return said_of(spec).name or table_name(spec.name)


def table_schema_of(spec: ResourceSpec) -> str | None:
    """The schema said, or else that of the domain; None where PostgreSQL's search path tells it."""
    return said_of(spec).schema or spec.schema


def said_of(spec: ResourceSpec) -> Table:
    """What is said of the table; of one without a word, that nothing is."""
    said = spec.sections.get(Table)
    return said if isinstance(said, Table) else Table()


def standing_names(spec: ResourceSpec) -> Mapping[str, str]:
    """The names said for what is derived, by the derived ones."""
    return said_of(spec).names
