"""Values and records as JSON: what was loaded and is public, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from framework.actions.query import Query
from framework.declare.resource import Resource
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import Kind, Type

Dump = Callable[[Any], Any]
PLAIN = frozenset({Kind.STRING, Kind.INTEGER, Kind.FLOAT, Kind.BOOLEAN, Kind.LITERAL})


@dataclass(frozen=True, slots=True)
class Shape:
    """What is shown of a record: its values, each with the way it is written (None: as it is), and its links."""

    values: tuple[tuple[str, Dump | None], ...]
    links: tuple[tuple[str, Shape], ...] = ()

    def dump(self, record: Resource) -> dict[str, Any]:
        """The record as JSON has it; raises NotLoaded for what was not read."""
        shown: dict[str, Any] = {}
        for name, write in self.values:
            value = record[name]
            shown[name] = value if write is None or value is None else write(value)
        for name, shape in self.links:
            shown[name] = shape.dump_related(record[name])
        return shown

    def dump_related(self, related: Any) -> Any:
        """A list of records, one, or none."""
        if isinstance(related, list):
            return [self.dump(record) for record in related]
        return None if related is None else self.dump(related)


def shape_of(query: Query, spec: ResourceSpec, domain: DomainSpec) -> Shape:
    """What a query shows, which may be less than had to be read for it; nothing that is private."""
    chosen = {load.name for load in query.values} or spec.attributes
    return Shape(
        tuple((name, _writing(value.type)) for name, value in spec.public_values.items() if name in chosen),
        tuple(
            (load.key, shape_of(load.query, domain.target(link), domain))
            for name, link in spec.public_relationships.items()
            for load in query.related
            if load.name == name
        ),
    )


def dump_value(value: Any, kind: Type) -> Any:
    """The value as JSON has it; the same text in every transport."""
    write = _writing(kind)
    return value if value is None or write is None else write(value)


def dump_record(record: Resource, spec: ResourceSpec, domain: DomainSpec) -> dict[str, Any]:
    """Every loaded public value by name, related records among them, in the order of declaration."""
    loaded = record.loaded()
    shown = {name: dump_value(loaded[name], value.type) for name, value in spec.public_values.items() if name in loaded}
    for name, link in spec.public_relationships.items():
        if name in loaded:
            shown[name] = _dump_related(loaded[name], domain.target(link), domain)
    return shown


def _dump_related(related: Any, spec: ResourceSpec, domain: DomainSpec) -> Any:
    if isinstance(related, list):
        return [dump_record(record, spec, domain) for record in related]
    return None if related is None else dump_record(related, spec, domain)


def _writing(kind: Type) -> Dump | None:
    return None if kind.kind in PLAIN else QUICK.get(kind.kind, kind.dump)


def _datetime(value: datetime) -> str:
    text = value.isoformat()
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def _choice(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


# The kinds most records are made of, written as Pydantic writes them, at a fraction of the time.
QUICK: dict[Kind, Dump] = {Kind.UUID: str, Kind.DATETIME: _datetime, Kind.ENUM: _choice}
