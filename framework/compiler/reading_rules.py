"""The rules of a class, read: what is unique, what is looked up, how long it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from framework.compiler.reading_fields import field_name
from framework.declare.rules import ExclusionOptions, IdentityOptions, IndexOptions, RetentionOptions
from framework.expr.build import Expr, Order, Walk, node_of
from framework.expr.nodes import Node, Ref
from framework.spec.attribute import ExclusionSpec, IdentitySpec, IndexKind, IndexPart, IndexSpec
from framework.spec.retention import HOUR, RetentionSpec


def read_identity(name: str, said: IdentityOptions, record: type) -> IdentitySpec:
    """What is unique together."""
    parts = tuple(_part(item, record) for item in said.fields)
    where = _where(said.where, record)
    return IdentitySpec(
        name,
        parts,
        said.source,
        where,
        said.message,
        said.deferrable,
        said.nulls_not_distinct,
        across_tenants=said.across_tenants,
    )


def read_exclusion(name: str, said: ExclusionOptions, record: type) -> ExclusionSpec:
    """What shares nothing at the same time."""
    if not isinstance(said.overlapping, list | tuple) or len(said.overlapping) != 2:
        raise TypeError("`overlapping` is of two attributes: write `overlapping=(starts, ends)`")
    start, end = (field_name(item, record) for item in said.overlapping)
    parts = tuple(_part(item, record) for item in said.fields)
    return ExclusionSpec(name, parts, start, end, said.source, _where(said.where, record), said.message)


def read_index(said: IndexOptions, record: type) -> IndexSpec:
    """A look-up path."""
    kinds = [kind.value for kind in IndexKind]
    if said.kind not in kinds:
        raise TypeError(f"`{said.kind!r}` is no kind of index: there are {', '.join(kinds)}")
    if not isinstance(said.include, list | tuple):
        raise TypeError("`include` is a list of attributes")
    if not isinstance(said.operators, str | None):
        raise TypeError(f"`operators` is the name of an operator class, not {said.operators!r}")
    if not isinstance(said.options, Mapping) or not all(type(value) is int for value in said.options.values()):
        raise TypeError('`options` maps names to whole numbers: write `{"fillfactor": 70}`')
    return IndexSpec(
        parts=tuple(read_ordered(item, record) for item in said.fields),
        source=said.source,
        where=_where(said.where, record),
        kind=IndexKind(said.kind),
        include=tuple(field_name(item, record) for item in said.include),
        operators=said.operators,
        options=dict(said.options),
    )


def read_retention(name: str, said: RetentionOptions, record: type) -> RetentionSpec:
    """How long records are kept."""
    if not isinstance(said.after, timedelta) or said.after <= timedelta():
        raise TypeError("`after` is a time that passes: write `after=timedelta(days=90)`")
    if not isinstance(said.order, list | tuple):
        raise TypeError("`in_order` is a list of attributes")
    every = said.partition_every
    if every is not None and (not isinstance(every, timedelta) or every < HOUR or every % HOUR):
        raise TypeError("`partition_every` is of whole hours: write `partition_every=timedelta(days=7)`")
    order = tuple(field_name(item, record) for item in said.order)
    since, where = field_name(said.since, record), _where(said.where, record)
    return RetentionSpec(name, said.after, since, said.source, where, order, every)


def _where(said: Expr[bool] | None, record: type) -> Node | None:
    return None if said is None else node_of(said, record)


def read_orders(said: Sequence[object], record: type) -> tuple[tuple[IndexPart, ...], ...]:
    """The orders that a list is usually asked for in."""
    orders = tuple(
        tuple(read_ordered(item, record) for item in (order if isinstance(order, list | tuple) else (order,)))
        for order in said
    )
    if not all(isinstance(part.node, Ref) for order in orders for part in order):
        raise TypeError("a list is sorted by attributes, not by what is worked out: keep that in one")
    return orders


def read_ordered(item: object, record: type) -> IndexPart:
    """An attribute, or what is worked out of some, with its direction."""
    if isinstance(item, Order):
        return IndexPart(_part(item.by, record), item.descending)
    if isinstance(item, str):
        return IndexPart(Ref(item.removeprefix("-")), item.startswith("-"))
    return IndexPart(_part(item, record))


def _part(item: object, record: type) -> Node:
    """An attribute, by whatever names one, or what is worked out of some."""
    if isinstance(item, Expr) and not isinstance(item, Walk):
        return node_of(item, record)
    return Ref(field_name(item, record))
