"""What was said of columns: names of their own, and types that can keep what the attribute holds."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Problem
from framework.spec.attribute import AttributeSpec
from framework.spec.column_type import ColumnType, column_type_of
from framework.spec.domain import DomainSpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import UNKNOWN, Kind

# Kept so that equal keys are found equal by an index.
OF_KEYS = frozenset({"text", "varchar", "char", "smallint", "integer", "bigint", "uuid", "date", "timestamptz"})


def columns_as_said(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to two attributes in one column, and to words about a column that nothing can act on."""
    for spec in domain.resources.values():
        taken: dict[str, str] = {}
        for attribute in spec.attributes.values():
            yield from _column(attribute, spec)
            other = taken.setdefault(attribute.column_name, attribute.name)
            if other != attribute.name:
                says = f"its column `{attribute.column_name}` is that of `{other}` already"
                yield Problem(attribute.source, f"{spec.name}.{attribute.name}", says, "leave one of them out")
        for link in spec.relationships.values():
            if link.holds_key and link.attribute in spec.attributes:
                yield from _link(link, spec)


def _column(attribute: AttributeSpec, spec: ResourceSpec) -> Iterator[Problem]:
    path = f"{spec.name}.{attribute.name}"
    name: object = attribute.column
    if name is not None and (not isinstance(name, str) or not name or "\0" in name):
        yield Problem(attribute.source, f"{path}.column", f"`{name!r}` is no name", "write a text")
    if attribute.primary_key and attribute.type.nullable and attribute.type is not UNKNOWN:
        yield Problem(attribute.source, path, "a key is never absent", "leave `| None` out")
    if attribute.primary_key and not _of_a_key(attribute.column_type):
        says = f"a key cannot be kept in a column of the type {attribute.column_type}"
        yield Problem(attribute.source, f"{path}.column_type", says)


def _of_a_key(column: ColumnType | None) -> bool:
    return column is None or (column.name in OF_KEYS and not column.array and not column.named)


def _link(link: RelationshipSpec, spec: ResourceSpec) -> Iterator[Problem]:
    key, path = spec.attributes[link.attribute], f"{spec.name}.{link.name}"
    if (link.column or link.column_type) and key.source != link.source:
        says = f"says something of the column of `{key.name}`, which is declared by itself"
        yield Problem(link.source, path, says, f"say it there: {key.name} = attribute(column=...)")
    elif link.column_type is not None and key.type.kind is not Kind.JSON:
        try:
            column_type_of(link.column_type, key.type)
        except TypeError as error:
            yield Problem(link.source, f"{path}.column_type", str(error))
