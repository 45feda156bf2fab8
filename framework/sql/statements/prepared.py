"""Statements that are kept: built once for all questions that differ in known values only, and run with these.

Building a statement, and finding its text again, takes longer than PostgreSQL takes to answer most of them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from framework.data.access_scope import AccessScope
from framework.data.protocols import Row
from framework.data.selection import Selection
from framework.data.storable import refuse_unstorable
from framework.expr.nodes import Among, Node, Ref, every
from framework.spec.resource import ResourceSpec
from framework.sql.clauses.binding import parsed
from framework.sql.clauses.parameters import MARK, CannotBeParametrized, Parameter, parametrized
from framework.sql.clauses.sight import ScopePattern, ScopeSight
from framework.sql.clauses.table_scope import Schema, Sight
from framework.sql.statements.building import (
    LIMIT,
    count_statement,
    cut_values,
    delete_statement,
    discard_statement,
    insert_statement,
    key_values,
    line_values,
    read_statement,
    update_each_statement,
    update_statement,
)
from framework.sql.statements.estimating import count_up_to_statement, expected_statement
from framework.sql.statements.statement_cache import KeptStatement, Statement, StatementCache

NOTHING: Mapping[str, Any] = {}
Nodes = Mapping[str, Node]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement about a resource, and the values it is run with this time; `rows` are those that were given, `tables`
    the resources of all tables that it names, and `kept` is it where it is run again and again."""

    statement: Statement
    values: Mapping[str, Any]
    resource: ResourceSpec | None = None
    rows: Sequence[Row] = ()
    tables: Sequence[str] = ()
    kept: KeptStatement | None = None


class Statements:
    """The statements over one schema, as they are for whoever may see so much; all scopes share what is kept.

    A statement is kept by its pattern and by those of the scope's conditions that it hangs on, so it is never that of
    a scope of another shape.
    """

    def __init__(self, schema: Schema, scope: AccessScope | None = None, cache: StatementCache | None = None) -> None:
        self.schema = schema
        self.scope = scope
        self._cache = StatementCache() if cache is None else cache
        self._pattern = None if scope is None else ScopePattern(scope)

    def __len__(self) -> int:
        return len(self._cache)

    def scoped(self, scope: AccessScope | None) -> Statements:
        """The same for whoever may see so much."""
        return self if scope is self.scope else Statements(self.schema, scope, self._cache)

    def read(self, asked: Selection) -> Prepared:
        """The rows selected."""
        cut = cut_values(asked)
        head = ("read", asked.values, asked.sort, *cut, asked.partition, asked.lock)

        def build(where: Node | None, _: Nodes, schema: Schema) -> Statement:
            return read_statement(replace(asked, filter=where), schema)

        return self._about(asked.resource, head, asked.filter, build=build, given=cut)

    def count(self, resource: ResourceSpec, where: Node | None) -> Prepared:
        """How many records satisfy the condition."""

        def build(where: Node | None, _: Nodes, schema: Schema) -> Statement:
            return count_statement(resource, where, schema)

        return self._about(resource, ("count",), where, build=build)

    def count_up_to(self, resource: ResourceSpec, where: Node | None, most: int) -> Prepared:
        """How many records satisfy the condition, of so many at most."""

        def build(where: Node | None, _: Nodes, schema: Schema) -> Statement:
            return count_up_to_statement(resource, where, schema)

        return self._about(resource, ("count_up_to",), where, build=build, given={LIMIT: most})

    def expected(self, resource: ResourceSpec, where: Node | None) -> Prepared:
        """How many records PostgreSQL expects to satisfy the condition."""

        def build(where: Node | None, _: Nodes, schema: Schema) -> Statement:
            return expected_statement(resource, where, schema)

        return self._about(resource, ("expected",), where, build=build)

    def insert(self, resource: ResourceSpec, rows: Sequence[Row]) -> Prepared:
        """All rows, which have the same expressions; raises Invalid for what no store can hold."""
        refuse_unstorable(resource.attributes, rows)
        named = {name for row in rows for name in row}
        given, worked_out = _apart(resource, [name for name in resource.attributes if name in named], rows[0])

        def build(_: None, nodes: Nodes, schema: Schema) -> Statement:
            return insert_statement(resource, given, nodes, schema)

        values = line_values(resource, given, rows)
        prepared = self._about(resource, ("insert", given), None, worked_out, build=build, given=values)
        return replace(prepared, rows=rows)

    def update_each(self, resource: ResourceSpec, changes: Mapping[Any, Row], where: Node | None) -> Prepared:
        """The rows of these keys that satisfy the condition, each with its values and all with the same expressions."""
        rows = [*changes.values()]
        refuse_unstorable(resource.attributes, rows)
        keyed = [{**row, resource.key.name: key} for key, row in changes.items()]
        if _same(rows):
            these = every(Among(Ref(resource.key.name), tuple(changes)), where)
            return replace(self.update(resource, these, rows[0]), rows=keyed)
        given, worked_out = _apart(resource, [*rows[0]], rows[0])

        def build(where: Node | None, nodes: Nodes, schema: Schema) -> Statement:
            return update_each_statement(resource, where, schema, given=given, worked_out=nodes)

        values = {**line_values(resource, given, rows), **key_values(resource, [*changes])}
        prepared = self._about(resource, ("update_each", given), where, worked_out, build=build, given=values)
        return replace(prepared, rows=keyed)

    def update(self, resource: ResourceSpec, where: Node, values: Row) -> Prepared:
        """The rows that satisfy the condition, changed."""
        refuse_unstorable(resource.attributes, [values])
        names, worked_out = _apart(resource, [*values], values)
        parameters = {name: Parameter(f"{MARK}{name}", type(values[name]), values[name]) for name in names}
        given = {
            parameter.name: parsed(values[name], resource.attributes[name].type)
            for name, parameter in parameters.items()
        }

        def build(where: Node, nodes: Nodes, schema: Schema) -> Statement:
            return update_statement(resource, where, {**parameters, **nodes}, schema)

        return self._about(resource, ("update", names), where, worked_out, build=build, given=given)

    def delete(self, resource: ResourceSpec, where: Node) -> Prepared:
        """The rows that satisfy the condition, gone."""

        def build(where: Node, _: Nodes, schema: Schema) -> Statement:
            return delete_statement(resource, where, schema)

        return self._about(resource, ("delete",), where, build=build)

    def discard(self, resource: ResourceSpec, where: Node) -> Prepared:
        """How many rows satisfied the condition, which are gone."""

        def build(where: Node, _: Nodes, schema: Schema) -> Statement:
            return discard_statement(resource, where, schema)

        return self._about(resource, ("discard",), where, build=build)

    def _about(
        self,
        resource: ResourceSpec,
        head: Hashable,
        where: Node | None,
        worked_out: Nodes = NOTHING,
        *,
        build: Callable[[Any, Nodes, Schema], Statement],
        given: Mapping[str, Any] = NOTHING,
    ) -> Prepared:
        """The statement for a condition and expressions: the one kept for their pattern, or one of its own."""
        values: dict[str, Any] = {**given}
        try:
            pattern = None if where is None else parametrized(where, values)
            patterns = {name: parametrized(node, values) for name, node in worked_out.items()}
            # By identity, which is quick to compare; kept along, so that no other resource comes to have it.
            key = (id(resource), head, pattern, *patterns.items())

            def made(sight: Sight | None) -> KeptStatement:
                statement = build(pattern, patterns, replace(self.schema, sight=sight))
                return KeptStatement(resource, statement, _named(statement, resource))

            if self._pattern is None:
                found = self._cache.once(key, lambda: made(None))
            else:
                found = self._cache.once_for(key, self._pattern, made)
                values.update(self._pattern.values(found.asked))
            return Prepared(found.statement, values, resource, tables=found.tables, kept=found)
        except CannotBeParametrized:
            sight = None if self.scope is None else ScopeSight(self.scope)
            statement = build(where, worked_out, replace(self.schema, sight=sight))
            return Prepared(statement, given, resource, tables=_named(statement, resource))


def _named(statement: Statement, about: ResourceSpec) -> tuple[str, ...]:
    """The resources of all tables in it, however deep, with the one that it is about."""
    assert isinstance(statement, sa.ClauseElement)
    tables = (each for each in sa.sql.visitors.iterate(statement) if isinstance(each, sa.Table))
    return tuple(sorted({about.name, *(each.info["resource"] for each in tables if "resource" in each.info)}))


def _apart(resource: ResourceSpec, names: Sequence[str], row: Row) -> tuple[tuple[str, ...], Nodes]:
    """The names of known values, in the order declared, and the expressions."""
    worked_out = {name: value for name, value in row.items() if isinstance(value, Node)}
    return tuple(name for name in resource.attributes if name in names and name not in worked_out), worked_out


def _same(rows: Sequence[Row]) -> bool:
    """Whether all say the same; True and 1 are equal and do not."""
    first = rows[0]
    return all(row == first and repr(row) == repr(first) for row in rows[1:])
