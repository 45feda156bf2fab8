"""What kind of value an expression gives, as far as that can be told from its parts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from framework.compiler.paths import NoSuchPath, resource_at, value_at
from framework.expr.nodes import (
    Aggregate,
    Among,
    Arithmetic,
    Call,
    Case,
    Combine,
    Compare,
    Fold,
    Function,
    IsNull,
    Match,
    Node,
    Not,
    Operator,
    Ref,
    Some,
    Value,
)
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import NUMBERS, Kind

PLAIN: dict[type, Kind] = {
    bool: Kind.BOOLEAN,
    int: Kind.INTEGER,
    float: Kind.FLOAT,
    str: Kind.STRING,
    Decimal: Kind.DECIMAL,
    UUID: Kind.UUID,
    datetime: Kind.DATETIME,
    date: Kind.DATE,
    timedelta: Kind.DURATION,
}
CONDITIONS = (Compare, Combine, Not, IsNull, Among, Match, Some)
FUNCTIONS = {Function.LOWER: Kind.STRING, Function.UPPER: Kind.STRING, Function.LENGTH: Kind.INTEGER}


@dataclass(frozen=True, slots=True)
class Known:
    """The kind of a value and whether it may be absent; what cannot be told is None."""

    kind: Kind | None = None
    nullable: bool | None = None


def known_of(node: Node, spec: ResourceSpec, domain: DomainSpec) -> Known:
    """What can be told of an expression seen from a resource."""
    if isinstance(node, CONDITIONS):
        return _condition(node, spec, domain)
    match node:
        case Ref(path):
            return _reference(path, spec, domain)
        case Value(value):
            return Known(PLAIN.get(type(value)), value is None)
        case Arithmetic(op, left, right):
            return _arithmetic(op, known_of(left, spec, domain), known_of(right, spec, domain))
        case Call(function, args):
            return _call(function, [known_of(arg, spec, domain) for arg in args])
        case Case(_, then, otherwise):
            parts = [known_of(part, spec, domain) for part in (then, otherwise)]
            return Known(_same(parts), _any([part.nullable for part in parts]))
        case Aggregate():
            return _aggregate(node, spec, domain)
    return Known()


def _condition(node: Node, spec: ResourceSpec, domain: DomainSpec) -> Known:
    match node:
        case IsNull() | Some():
            return Known(Kind.BOOLEAN, nullable=False)
        case Compare(_, left, right) | Match(_, left, right):
            parts = [left, right]
        case Not(item) | Among(item, _):
            parts = [item]
        case Combine(_, items):
            parts = list(items)
        case _:
            parts = []
    return Known(Kind.BOOLEAN, _any([known_of(part, spec, domain).nullable for part in parts]))


def _reference(path: tuple[str, ...], spec: ResourceSpec, domain: DomainSpec) -> Known:
    try:
        value = value_at(path, spec, domain)
        links = [resource_at(path[:end], spec, domain).relationships[path[end]] for end in range(len(path) - 1)]
    except NoSuchPath:
        return Known()
    return Known(value.type.kind, value.type.nullable or any(link.nullable for link in links))


def _arithmetic(op: Operator, left: Known, right: Known) -> Known:
    nullable = True if op is Operator.DIVIDE else _any([left.nullable, right.nullable])
    kinds = {left.kind, right.kind}
    if not kinds <= NUMBERS:
        return Known(None, nullable)
    if Kind.DECIMAL in kinds:
        return Known(Kind.DECIMAL, nullable)
    whole = kinds == {Kind.INTEGER} and op is not Operator.DIVIDE
    return Known(Kind.INTEGER if whole else Kind.FLOAT, nullable)


def _call(function: Function, args: list[Known]) -> Known:
    absent = [arg.nullable for arg in args]
    if function is Function.NOW:
        return Known(Kind.DATETIME, nullable=False)
    if function is Function.COALESCE:
        return Known(_same(args), None if None in absent else all(absent))
    kind = args[0].kind if function is Function.ABS else FUNCTIONS.get(function)
    return Known(kind, _any(absent))


def _aggregate(node: Aggregate, spec: ResourceSpec, domain: DomainSpec) -> Known:
    if node.fold in (Fold.COUNT, Fold.EXISTS):
        return Known(Kind.INTEGER if node.fold is Fold.COUNT else Kind.BOOLEAN, nullable=False)
    if node.fold is Fold.LIST:
        return Known(Kind.LIST, nullable=False)
    try:
        target = resource_at((node.relationship,), spec, domain)
    except NoSuchPath:
        return Known(None, nullable=True)
    of = Known() if node.of is None else known_of(node.of, target, domain)
    if node.fold is Fold.AVG:
        return Known(Kind.DECIMAL if of.kind is Kind.DECIMAL else Kind.FLOAT, nullable=True)
    return replace(of, nullable=True)


def _same(parts: list[Known]) -> Kind | None:
    kinds = {part.kind for part in parts}
    return kinds.pop() if len(kinds) == 1 else None


def _any(flags: list[bool | None]) -> bool | None:
    if True in flags:
        return True
    return None if None in flags else False
