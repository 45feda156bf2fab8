"""Statements that are kept: built once for all questions that differ in known values only, and run with these.

Building a statement, and finding its text again, takes longer than PostgreSQL takes to answer most of them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from framework.data.protocols import Row
from framework.data.selection import Selection
from framework.expr.nodes import Node, Value, walk
from framework.spec.resource import ResourceSpec
from framework.sql.binding import parsed
from framework.sql.place import Schema
from framework.sql.slots import MARK, CannotBeLifted, Slot, lifted
from framework.sql.statements import (
    count_statement,
    delete_statement,
    insert_statement,
    line_values,
    read_statement,
    update_statement,
)

SIZE = 300
Statement = sa.sql.Executable
NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement, and the values it is run with this time."""

    statement: Statement
    values: Mapping[str, Any]


class Statements:
    """The statements over one schema, the least recently used given up first."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._kept: OrderedDict[Hashable, tuple[ResourceSpec, Statement]] = OrderedDict()

    def read(self, asked: Selection) -> Prepared:
        """The rows selected."""
        head = ("read", asked.values, asked.sort, asked.limit, asked.offset, asked.partition, asked.lock)

        def build(where: Node | None) -> Statement:
            return read_statement(replace(asked, filter=where), self.schema)

        return self._about(asked.resource, head, asked.filter, build=build)

    def count(self, resource: ResourceSpec, where: Node | None) -> Prepared:
        """How many records satisfy the condition."""
        return self._about(resource, ("count",), where, build=lambda it: count_statement(resource, it, self.schema))

    def insert(self, resource: ResourceSpec, rows: Sequence[Row]) -> Prepared:
        """All rows, which have the same expressions."""
        named = {name for row in rows for name in row}
        worked_out = {name: value for name, value in rows[0].items() if isinstance(value, Node)}
        given = tuple(name for name in resource.attributes if name in named and name not in worked_out)
        values = line_values(resource, given, rows)

        def build() -> Statement:
            return insert_statement(resource, given, worked_out, self.schema)

        # Known values may be equal and yet of another type: expressions with some are not compared.
        if any(isinstance(part, Value) for node in worked_out.values() for part in walk(node)):
            return Prepared(build(), values)
        return Prepared(self._once(resource, ("insert", given, *worked_out.items()), build), values)

    def update(self, resource: ResourceSpec, where: Node, values: Row) -> Prepared:
        """The rows that satisfy the condition, changed."""
        if any(isinstance(value, Node) for value in values.values()):
            return Prepared(update_statement(resource, where, values, self.schema), NOTHING)
        slots = {name: Slot(f"{MARK}{name}", type(value), value) for name, value in values.items()}
        given = {slot.name: parsed(values[name], resource.attributes[name].type) for name, slot in slots.items()}

        def build(where: Node) -> Statement:
            return update_statement(resource, where, slots, self.schema)

        return self._about(resource, ("update", *values), where, build=build, given=given)

    def delete(self, resource: ResourceSpec, where: Node) -> Prepared:
        """The rows that satisfy the condition, gone."""
        return self._about(resource, ("delete",), where, build=lambda it: delete_statement(resource, it, self.schema))

    def _about(
        self,
        resource: ResourceSpec,
        head: Hashable,
        where: Node | None,
        *,
        build: Callable[[Any], Statement],
        given: Mapping[str, Any] = NOTHING,
    ) -> Prepared:
        """The statement for a condition: the one kept for its pattern, or one of its own."""
        values: dict[str, Any] = {**given}
        try:
            pattern = None if where is None else lifted(where, values)
            return Prepared(self._once(resource, (head, pattern), lambda: build(pattern)), values)
        except CannotBeLifted:
            return Prepared(build(where), given)

    def _once(self, resource: ResourceSpec, about: Hashable, build: Callable[[], Statement]) -> Statement:
        # By identity, which is quick to compare; kept along, so that no other resource comes to have it.
        key = (id(resource), about)
        if key not in self._kept:
            self._kept[key] = (resource, build())
            if len(self._kept) > SIZE:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key][1]
