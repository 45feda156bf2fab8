"""Records as JSON: what was asked for and is public, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from framework.actions.query import LoadValue, Query
from framework.declare.resource import Resource
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import Type
from framework.wire.forms import Form, Write, form_of, write, writer


@dataclass(frozen=True, slots=True)
class Shape:
    """What is shown of a record: its values, each under its key and in its form, and what its links lead to."""

    values: tuple[tuple[str, Form], ...]
    links: tuple[tuple[str, Shape], ...] = ()
    _writers: tuple[tuple[str, Write | None], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Looked up once for all records.
        object.__setattr__(self, "_writers", tuple((key, writer(form)) for key, form in self.values))

    def dump(self, record: Resource) -> dict[str, Any]:
        """The record as JSON has it; raises NotLoaded for what was not read."""
        shown: dict[str, Any] = {}
        for key, written in self._writers:
            value = record[key]
            shown[key] = value if written is None or value is None else written(value)
        for key, shape in self.links:
            shown[key] = shape.dump_related(record[key])
        return shown

    def dump_related(self, related: Any) -> Any:
        """A list of records, one, or none."""
        if isinstance(related, list):
            return [self.dump(record) for record in related]
        return None if related is None else self.dump(related)


def shape_of(query: Query, spec: ResourceSpec, domain: DomainSpec) -> Shape:
    """What a query shows, in the order of declaration: less than had to be read for it, and nothing private."""
    loads = query.values or tuple(map(LoadValue, spec.attributes))
    return Shape(
        tuple(
            (load.key, form_of(value.type))
            for name, value in spec.public_values.items()
            for load in loads
            if load.name == name
        ),
        tuple(
            (load.key, shape_of(load.query, domain.target(link), domain))
            for name, link in spec.public_relationships.items()
            for load in query.related
            if load.name == name
        ),
    )


def dump_value(value: Any, kind: Type) -> Any:
    """The value as JSON has it; the same text in every transport."""
    return write(value, form_of(kind))
