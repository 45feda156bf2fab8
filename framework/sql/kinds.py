"""What type of value an expression has, as far as can be told before it runs."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from framework.compiler.paths import resource_at, value_at
from framework.expr.nodes import Aggregate, Arithmetic, Call, Case, Fold, Function, Node, Operator, Ref, Value
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.sql.slots import Slot
from framework.types.resolve import SCALARS
from framework.types.type import Kind, Type

INTEGER, FLOAT, BOOLEAN, TEXT = SCALARS[int], SCALARS[float], SCALARS[bool], SCALARS[str]
MOMENT, DURATION = SCALARS[datetime], SCALARS[timedelta]
# From the narrowest to the widest: what a number becomes when it meets another.
WIDTHS = (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT)


def kind_of(node: Node, resource: ResourceSpec, domain: DomainSpec) -> Type | None:  # noqa: PLR0911 - one per node
    """The type of the value, seen from a record of the resource; None for a condition or an unknown."""
    match node:
        case Ref(path):
            return value_at(path, resource, domain).type
        case Value(value):
            return kind_of_value(value.sample if isinstance(value, Slot) else value)
        case Arithmetic(op, left, right):
            return _of_arithmetic(op, kind_of(left, resource, domain), kind_of(right, resource, domain))
        case Call(Function.NOW):
            return MOMENT
        case Call(Function.LENGTH | Function.TRANSACTION | Function.HORIZON):
            return INTEGER
        case Call(Function.LOWER | Function.UPPER):
            return TEXT
        case Call(_, args):
            return next((kind for arg in args if (kind := kind_of(arg, resource, domain)) is not None), None)
        case Case(_, then, otherwise):
            return kind_of(then, resource, domain) or kind_of(otherwise, resource, domain)
        case Aggregate():
            return _of_aggregate(node, resource, domain)
        case _:
            return None


def kind_of_value(value: Any) -> Type | None:
    """The type of a plain value."""
    for python in (bool, int, float, Decimal, UUID, datetime, date, timedelta, str):
        if isinstance(value, python):
            return SCALARS[python]
    return None


def is_kind(kind: Type | None, *kinds: Kind) -> bool:
    """Whether the type is known and one of these."""
    return kind is not None and kind.kind in kinds


def _of_arithmetic(op: Operator, left: Type | None, right: Type | None) -> Type | None:
    kinds = {kind.kind for kind in (left, right) if kind is not None}
    if op is Operator.DIVIDE and kinds <= {Kind.INTEGER}:
        return FLOAT
    if op is Operator.DIVIDE and kinds == {Kind.DURATION}:
        return FLOAT
    if op is Operator.SUBTRACT and kinds in ({Kind.DATETIME}, {Kind.DATE}):
        return DURATION
    if left is not None and right is not None and kinds <= set(WIDTHS):
        return max(left, right, key=lambda kind: WIDTHS.index(kind.kind))
    # What is not a number on both sides keeps what is not the duration: a time moved by one is a time.
    return next(
        (kind for kind in (left, right) if kind is not None and kind.kind not in (*WIDTHS, Kind.DURATION)),
        left or right,
    )


def _of_aggregate(node: Aggregate, resource: ResourceSpec, domain: DomainSpec) -> Type | None:
    if node.fold is Fold.COUNT:
        return INTEGER
    if node.fold is Fold.EXISTS or node.of is None:
        return BOOLEAN
    inner = kind_of(node.of, resource_at((node.relationship,), resource, domain), domain)
    if node.fold is Fold.AVG and is_kind(inner, Kind.INTEGER):
        return FLOAT
    if node.fold is Fold.LIST and inner is not None:
        return Type(Kind.LIST, list, item=inner.required())
    return inner
