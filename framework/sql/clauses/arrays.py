"""Lists compared as arrays: what an array is gathered from compares as its type does, and no JSON form decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from framework.expr.nodes import Node, Value
from framework.spec.type_rules import type_of_value
from framework.sql.clauses.binding import Clause, array_of, array_type, parsed
from framework.sql.clauses.columns import JSON, PLAIN, SqlType, storage_type, value_type
from framework.types.type import NUMBERS, UNKNOWN, Kind, Type

NUMBER_ITEM = {Kind.INTEGER: Type(Kind.DECIMAL, Any), Kind.DECIMAL: Type(Kind.DECIMAL, Any)}
FLOAT_ITEM = Type(Kind.FLOAT, float)
# The classes of numbers that fit items of the type as they are.
EXACTLY: dict[Kind, tuple[type, ...]] = {Kind.INTEGER: (int,), Kind.DECIMAL: (int, Decimal), Kind.FLOAT: (int, float)}


def is_array(clause: Clause) -> bool:
    """Whether it is a list of what related records hold: every other list is a document."""
    return isinstance(clause.type, sa.ARRAY)


def common_item(kinds: Iterable[Type | None], known: Iterable[Sequence[Any]]) -> Type:
    """The item of all lists; numbers of two types, or longer than 64 bits, are of the wider one."""
    found = [kind.item for kind in kinds if kind is not None and kind.item is not None]
    item = next(iter(found), UNKNOWN)
    if item.kind not in NUMBERS:
        return item
    said = [type_of_value(value) for values in known for value in values]
    if any(kind is not None and kind.kind is Kind.FLOAT for kind in (*found, *said)):
        return FLOAT_ITEM
    return NUMBER_ITEM[item.kind]


def as_array(node: Node, clause: Clause, items: Type) -> Clause:
    """A list as an array of such items, whatever it is kept as."""
    if isinstance(node, Value):
        return known_array(node.value, items)
    return cast_array(clause, items) if is_array(clause) else array_of_document(clause, items)


def kept_alike(nodes: Sequence[Node], clauses: Sequence[Clause], kinds: Sequence[Type | None]) -> Sequence[Clause]:
    """What one of is chosen, worked out by one type: where any of them is an array, all are."""
    if not any(map(is_array, clauses)):
        return clauses
    known = [node.value for node in nodes if isinstance(node, Value) and node.value is not None]
    items = {kind.item.kind: kind.item for kind in kinds if kind is not None and kind.item is not None}
    fitting = EXACTLY.get(next(iter(items)), ()) if len(items) == 1 else ()
    exact = all(type(value) in fitting for values in known for value in values)
    item = next(iter(items.values())) if len(items) == 1 and exact else common_item(kinds, known)
    read = array_type(value_type(item))
    return [sa.type_coerce(as_array(*part, item), read) for part in zip(nodes, clauses, strict=True)]


def known_array(values: Sequence[Any] | None, item: Type) -> Clause:
    """A known list as an array."""
    if values is None:
        return sa.cast(sa.null(), _arrays(item))
    return sa.cast(array_of([parsed(value, item) for value in values], value_type(item)), _arrays(item))


def cast_array(clause: Clause, item: Type) -> Clause:
    """An array as one of such items."""
    return sa.cast(clause, _arrays(item))


def document_of(array: Clause, item: Type) -> Clause:
    """An array as the document that a list is kept as: what PostgreSQL would write in another way, as texts."""
    if item.kind is Kind.DECIMAL:
        array = sa.cast(array, array_type(sa.Text()))
    if item.kind is Kind.DURATION:
        elements = sa.func.unnest(array).table_valued("value", with_ordinality="place").render_derived()
        seconds = sa.cast(sa.func.abs(sa.extract("epoch", elements.c.value)), sa.Text())
        sign = sa.case((sa.extract("epoch", elements.c.value) < 0, "-PT"), else_="PT")
        rows = sa.select(sign.concat(seconds).concat("S")).select_from(elements).order_by(elements.c.place)
        array = sa.case((array.is_not(sa.null()), sa.func.array(rows.correlate_except(elements).scalar_subquery())))
    return sa.func.to_jsonb(array, type_=JSON)


def array_of_document(clause: Clause, item: Type) -> Clause:
    """A list that is kept as a document, as an array; absent where the list is."""
    elements = sa.func.jsonb_array_elements_text(clause).table_valued("value", with_ordinality="place").render_derived()
    each = _read(elements.c.value, item)
    rows = sa.select(each).select_from(elements).order_by(elements.c.place).correlate_except(elements)
    array = sa.func.array(rows.scalar_subquery(), type_=_arrays(item))
    return sa.case((clause.is_not(sa.null()), array))


def _read(text: Clause, item: Type) -> Clause:
    """The value that stands in a document as this text."""
    kind = storage_type(value_type(item))
    if item.kind is not Kind.DURATION:
        return sa.cast(text, kind)
    # PostgreSQL takes no sign before an ISO 8601 duration.
    length = sa.cast(sa.func.ltrim(text, "-"), kind)
    return sa.case((sa.func.starts_with(text, "-"), length.op("*", return_type=PLAIN[Kind.DURATION])(-1)), else_=length)


def _arrays(item: Type) -> SqlType:
    return array_type(storage_type(value_type(item)))
