"""The statements of the data layer, built and not yet run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from framework.data.protocols import Row
from framework.data.selection import Lock, Ordering, Selection
from framework.expr.nodes import Combine, Compare, Comparison, Logic, Node, Ref, Value
from framework.spec.attribute import AttributeSpec
from framework.spec.resource import ResourceSpec
from framework.sql.clauses.arrays import document_of, is_array
from framework.sql.clauses.binding import Clause, array_type, array_values, parsed
from framework.sql.clauses.columns import SqlType, value_type
from framework.sql.clauses.expressions import clause_of, condition_of, value_clause
from framework.sql.clauses.operations import by_code_point
from framework.sql.clauses.ordering import reversed_by, sorted_by
from framework.sql.clauses.parameters import MARK, Parameter
from framework.sql.clauses.storage import write_many, write_stored
from framework.sql.clauses.table_scope import Schema, TableScope
from framework.types.type import Type

Returning = sa.sql.Executable
# Never the names of attributes.
ORDINAL = MARK
KEY = MARK
LIMIT, OFFSET = f"{MARK}{MARK}limit", f"{MARK}{MARK}offset"


def read_statement(selection: Selection, schema: Schema) -> sa.Select[Any]:
    """The rows selected: every value under its name, in order."""
    scope = schema.root(selection.resource)
    values = [value_clause(name, scope).label(name) for name in selection.values]
    where = None if selection.filter is None else condition_of(selection.filter, scope)
    order = _order(selection, scope)
    if selection.partition is not None:
        number = sa.func.row_number().over(partition_by=scope.stored(selection.partition), order_by=order)
        return _partitioned(selection, _from(sa.select(*values, number.label(ORDINAL)), scope, where).subquery())
    statement = _from(sa.select(*values), scope, where).order_by(*order)
    if selection.limit is not None:
        statement = statement.limit(_number(LIMIT))
    if selection.offset is not None:
        statement = statement.offset(_number(OFFSET))
    if selection.lock is not Lock.NONE:
        free, linked = selection.lock is Lock.FREE, selection.lock is Lock.UPDATE
        statement = statement.with_for_update(of=scope.table, skip_locked=free, key_share=linked)
    return statement


def cut_values(selection: Selection) -> dict[str, int]:
    """What a read is run with, besides: where its rows begin and how many there are."""
    limit = {} if selection.limit is None else {LIMIT: selection.limit}
    if selection.offset is None and selection.partition is None:
        return limit
    return {**limit, OFFSET: selection.offset or 0}


def count_statement(resource: ResourceSpec, where: Node | None, schema: Schema) -> sa.Select[Any]:
    """How many records satisfy the condition."""
    scope = schema.root(resource)
    condition = None if where is None else condition_of(where, scope)
    return _from(sa.select(sa.func.count()), scope, condition)


def rows_statement(resource: ResourceSpec, where: Node | None, schema: Schema) -> sa.Select[Any]:
    """A row for each record that satisfies the condition, with nothing of it."""
    scope = schema.root(resource)
    condition = None if where is None else condition_of(where, scope)
    return _from(sa.select(sa.literal_column("1").label("one")), scope, condition)


def insert_statement(
    resource: ResourceSpec, given: Sequence[str], worked_out: Mapping[str, Node], schema: Schema
) -> Returning:
    """Rows in one statement, which reads the same however many there are: each column is one array (`line_values`)."""
    # What is written is worked out of what is stored, whoever may read that.
    scope = schema.whole().target(resource)
    table = schema.tables[resource.name]
    lines = _lines([(name, value_type(resource.attributes[name].type)) for name in given])
    clauses = {name: clause_of(node, scope, resource.attributes[name].type) for name, node in worked_out.items()}
    names = [name for name in resource.attributes if name in clauses or name in given]
    places = dict(zip(given, lines.c, strict=False))
    values = {name: places[name] if name in places else clauses[name] for name in names}
    selected: list[Any] = [write_stored(resource.attributes[name], value) for name, value in values.items()]
    query = sa.select(*selected).select_from(lines).order_by(lines.c[ORDINAL])
    return sa.insert(table).from_select(names, query, include_defaults=False).returning(*_whole(resource, schema))


def line_values(resource: ResourceSpec, given: Sequence[str], rows: Sequence[Row]) -> dict[str, list[Any]]:
    """What an insert is run with: an array for each column, and the ordinal numbers of the rows."""
    kinds = {name: resource.attributes[name].type for name in given}
    columns = {name: [parsed(row.get(name), kind) for row in rows] for name, kind in kinds.items()}
    arrays = {f"{MARK}{name}": array_values(column, value_type(kinds[name])) for name, column in columns.items()}
    return {**arrays, ORDINAL: [*range(len(rows))]}


def key_values(resource: ResourceSpec, keys: Sequence[Any]) -> dict[str, list[Any]]:
    """What an update of each record is run with, besides: the keys as an array."""
    kind = resource.key.type
    return {f"{MARK}{KEY}": array_values([parsed(key, kind) for key in keys], value_type(kind))}


def update_each_statement(
    resource: ResourceSpec, where: Node | None, schema: Schema, *, given: Sequence[str], worked_out: Mapping[str, Node]
) -> Returning:
    """The rows of some keys that satisfy the condition, changed; `line_values` and `key_values` say to what."""
    # What is written is worked out of what is stored, whoever may read that.
    scope = schema.whole().target(resource)
    table, key = schema.tables[resource.name], resource.key
    types = {name: value_type(resource.attributes[name].type) for name in given}
    lines = _lines([(KEY, value_type(key.type)), *types.items()])
    line_key, *places = lines.c
    keys = write_many(key, sa.bindparam(f"{MARK}{KEY}", type_=array_type(value_type(key.type))))
    held = _held(resource, where, schema, Lock.UPDATE, table.c[key.name] == sa.any_(keys))
    clauses = {name: clause_of(node, scope, resource.attributes[name].type) for name, node in worked_out.items()}
    found = sa.and_(table.c[key.name] == held.c[key.name], table.c[key.name] == write_stored(key, line_key))
    changes = {**dict(zip(given, places, strict=False)), **clauses}
    written = {name: write_stored(resource.attributes[name], value) for name, value in changes.items()}
    return sa.update(table).where(found).values(written).returning(*_whole(resource, schema))


def update_statement(resource: ResourceSpec, where: Node, values: Row, schema: Schema) -> Returning:
    """The rows that satisfy the condition, changed."""
    # What is written is worked out of what is stored, whoever may read that.
    scope = schema.whole().target(resource)
    table = schema.tables[resource.name]
    changes = {name: assigned(value, resource.attributes[name], scope) for name, value in values.items()}
    key = resource.key.name
    # An update that changes nothing is one still: it finds its records, or does not.
    statement = (
        sa.update(table).where(_found(resource, where, schema, Lock.UPDATE)).values(changes or {key: table.c[key]})
    )
    return statement.returning(*_whole(resource, schema))


def delete_statement(resource: ResourceSpec, where: Node, schema: Schema) -> Returning:
    """The rows that satisfy the condition, gone."""
    table = schema.tables[resource.name]
    return sa.delete(table).where(_found(resource, where, schema, Lock.DESTROY)).returning(*_whole(resource, schema))


def discard_statement(resource: ResourceSpec, where: Node, schema: Schema) -> Returning:
    """How many rows satisfied the condition, which are gone."""
    gone = sa.delete(schema.tables[resource.name]).where(_found(resource, where, schema, Lock.DESTROY))
    return sa.select(sa.func.count()).select_from(gone.returning(sa.literal_column("1")).cte("gone"))


def _whole(resource: ResourceSpec, schema: Schema) -> list[Clause]:
    """All that is stored of a record, in the order declared."""
    scope = schema.whole().target(resource)
    return [scope.column(name) for name in resource.attributes]


def _found(resource: ResourceSpec, where: Node, schema: Schema, lock: Lock) -> Clause:
    """The condition of an UPDATE or DELETE; of one that may find several records, that they are held."""
    if _names_one(where, resource.key.name):
        scope = schema.target(resource)
        return sa.and_(condition_of(where, scope), *scope.seen())
    held = _held(resource, where, schema, lock)
    found: Clause = schema.tables[resource.name].c[resource.key.name] == held.c[resource.key.name]
    return found


def _names_one(where: Node, key: str) -> bool:
    match where:
        case Compare(Comparison.EQ, Ref(name), Value()):
            return name == key
        case Combine(Logic.AND, items):
            return any(_names_one(item, key) for item in items)
        case _:
            return False


def _held(resource: ResourceSpec, where: Node | None, schema: Schema, lock: Lock, *conditions: Clause) -> sa.CTE:
    """The keys of the rows that satisfy the condition, locked in their order.

    Whoever locks the same rows follows the same order, so nobody waits in a circle.
    """
    scope = schema.root(resource)
    key = scope.table.c[resource.key.name]
    condition = None if where is None else condition_of(where, scope)
    statement = _from(sa.select(key), scope, condition).where(*conditions).order_by(key)
    return statement.with_for_update(of=scope.table, key_share=lock is Lock.UPDATE).cte("held")


def assigned(value: Any, attribute: AttributeSpec, scope: TableScope) -> Clause:
    """A value to be stored, or the expression that works it out."""
    return write_stored(attribute, _worked_out(value, attribute.type, scope))


def _worked_out(value: Any, kind: Type, scope: TableScope) -> Clause:
    if isinstance(value, Node):
        clause = clause_of(value, scope, kind)
        return document_of(clause, kind.item) if kind.item is not None and is_array(clause) else clause
    if isinstance(value, Parameter):
        return sa.bindparam(value.name, type_=value_type(kind))
    return sa.bindparam(None, parsed(value, kind), type_=value_type(kind), unique=True)


def uniform(rows: Sequence[Row]) -> bool:
    """Whether every expression to be written is the same in all rows, so that one statement can say it."""
    first = {name: value for name, value in rows[0].items() if isinstance(value, Node)}
    return all({name: value for name, value in row.items() if isinstance(value, Node)} == first for row in rows)


def _lines(columns: Sequence[tuple[str, SqlType]]) -> sa.TableValuedAlias:
    """One line for each row, made of an array for each column and their ordinal numbers."""
    arrays = [sa.bindparam(f"{MARK}{name}", type_=array_type(kind)) for name, kind in columns]
    names: list[Any] = [sa.column(f"c{index}", kind) for index, (_, kind) in enumerate(columns)]
    ordinals = sa.bindparam(ORDINAL, type_=array_type(sa.BigInteger()))
    return sa.func.unnest(*arrays, ordinals).table_valued(*names, sa.column(ORDINAL)).render_derived("line")


def _number(name: str) -> sa.BindParameter[int]:
    return sa.bindparam(name, type_=sa.BigInteger())


def _from(statement: sa.Select[Any], scope: TableScope, where: Clause | None) -> sa.Select[Any]:
    assert scope.joins is not None
    found = (*(() if where is None else (where,)), *scope.seen())
    return statement.select_from(scope.joins.source).where(*found)


def _order(selection: Selection, scope: TableScope) -> list[Clause]:
    """As asked, then by key: an order that leaves nothing open, and in which locks are always taken alike."""
    key = selection.resource.key.name
    order = [_ordered(ordering, scope) for ordering in selection.sort]
    return order if any(o.by == Ref(key) for o in selection.sort) else [*order, by_code_point(scope.key())]


def _ordered(ordering: Ordering, scope: TableScope) -> Clause:
    by = ordering.by
    stored = scope.resource.attributes.get(by.name) if isinstance(by, Ref) else None
    # What may not be read of every record is absent from some, whatever its type.
    nullable = stored is None or stored.type.nullable or bool(scope.allowed(stored.name))
    clause = clause_of(by, scope)
    if ordering.nulls_first and nullable:
        return reversed_by(clause, descending=ordering.descending)
    return sorted_by(clause, descending=ordering.descending, nullable=nullable)


def _partitioned(selection: Selection, numbered: sa.Subquery) -> sa.Select[Any]:
    """Limit and offset count anew for each value of the partition."""
    start = _number(OFFSET)
    statement = sa.select(*(numbered.c[name] for name in selection.values)).where(numbered.c[ORDINAL] > start)
    if selection.limit is not None:
        statement = statement.where(numbered.c[ORDINAL] <= start + _number(LIMIT))
    return statement.order_by(numbered.c[ORDINAL])
