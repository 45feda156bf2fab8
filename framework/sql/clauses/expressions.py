"""From an expression to a clause. Every known value becomes a bound parameter.

Expressions come reduced. What is absent has the type of what it meets: to PostgreSQL a NULL of no type is a text.

`NOW` is the start of the statement: one moment for all its rows, later for each statement of a transaction, and
stable, so that an index can be searched by it. A link to one is followed by a join inside a SELECT, and by a
SELECT of its own inside an UPDATE or DELETE.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import and_, or_
from typing import Any

import sqlalchemy as sa

from framework.expr.beyond import Beyond
from framework.expr.nodes import (
    Aggregate,
    Along,
    Among,
    Arithmetic,
    Call,
    Case,
    Combine,
    Compare,
    Comparison,
    Fold,
    Function,
    IsNull,
    Logic,
    Match,
    Node,
    Not,
    Outer,
    Ref,
    Some,
    Value,
    walk,
)
from framework.expr.outward import looks_out
from framework.expr.reduce import reduced
from framework.expr.whole import Whole
from framework.spec.attribute import AttributeSpec, DerivedSpec
from framework.spec.inference import Inference
from framework.spec.relationship import RelationshipSpec
from framework.spec.type_rules import BOOLEAN, TEXT
from framework.sql.clauses.arrays import as_array, common_item, is_array, kept_alike
from framework.sql.clauses.binding import Clause, bound, bound_list, type_of_known
from framework.sql.clauses.columns import PLAIN, WholeNumber, value_type
from framework.sql.clauses.folds import folded, list_of
from framework.sql.clauses.layer_facts import ABOUT_THE_LAYER
from framework.sql.clauses.operations import (
    arithmetic_clause,
    by_code_point,
    compared,
    folded_case,
    matched,
    matched_known,
    widened,
)
from framework.sql.clauses.ordering import sorted_by
from framework.sql.clauses.parameters import Parameter
from framework.sql.clauses.storage import compared_as_stored, write_many, write_stored
from framework.sql.clauses.table_scope import TableScope
from framework.types.type import Kind, Type


def clause_of(node: Node, scope: TableScope, like: Type | None = None) -> Clause:
    """The clause, as seen from a scope; `like` is the type that a known value meets."""
    match node:
        case Value(value):
            return bound(value, like)
        case Ref(name):
            return value_clause(name, scope)
        case Along() | Outer():
            return _elsewhere(node, scope, like)
        case Arithmetic(op, left, right):
            return arithmetic_clause(op, _kinded(left, scope), _kinded(right, scope))
        case Call(function, args):
            return _call(function, args, scope, like)
        case Case(when, then, otherwise):
            like = _kind(node, scope) or like
            chosen, other = _choices((then, otherwise), scope, like)
            return sa.case((condition_of(when, scope), chosen), else_=other)
        case Aggregate():
            return _aggregate(node, scope, like)
        case _:
            return condition_of(node, scope)


def condition_of(node: Node, scope: TableScope) -> Clause:
    """A condition, in three-valued logic."""
    match node:
        case Combine(op, ()):
            return sa.true() if op is Logic.AND else sa.false()
        case Combine(op, items):
            return reduce(and_ if op is Logic.AND else or_, (condition_of(item, scope) for item in items))
        case Not(item):
            return sa.not_(condition_of(item, scope))
        case Some(link, where):
            return _some(scope.resource.relationships[link], where, scope)
        case Outer(steps, inner):
            return condition_of(inner, scope.outer(steps))
        case Whole(inner):
            return condition_of(inner, scope.policed())
        case Value() | Ref() | Along() | Arithmetic() | Call() | Case() | Aggregate():
            return clause_of(node, scope, BOOLEAN)
        case _:
            return _test(node, scope)


def _test(node: Node, scope: TableScope) -> Clause:
    """A condition on values."""
    match node:
        case Compare() | Beyond():
            return _compare(node, scope)
        case IsNull(Value(value)):
            return sa.true() if value is None else sa.false()
        case IsNull(item):
            return clause_of(item, scope).is_(sa.null())
        case Among(_, ()):
            return sa.false()
        case Among(item, values) if is_array(clause_of(item, scope)):
            return reduce(or_, (_compare(Compare(Comparison.EQ, item, Value(value)), scope) for value in values))
        case Among(item, values):
            array = bound_list(values, _kind(item, scope))
            value = clause_of(item, scope)
            if (stored := _as_stored(item, Comparison.EQ, scope)) is not None:
                value, array = scope.stored(stored.name), write_many(stored, array)
            return compared(Comparison.EQ, value, sa.any_(array))
        case Match(op, item, Value(str() | Parameter() as pattern)):
            return matched_known(op, clause_of(item, scope), pattern)
        case Match(op, item, pattern):
            return matched(op, clause_of(item, scope, TEXT), clause_of(pattern, scope, TEXT))
        case _:
            raise TypeError(f"{node!r} has no clause before it is bound")


def value_clause(name: str, scope: TableScope) -> Clause:
    """An attribute or a derived value of the record, as its type."""
    spec = scope.resource.values[name]
    if not isinstance(spec, DerivedSpec):
        return scope.column(name)
    return scope.readable(name, _derived(spec, scope))


def _derived(spec: DerivedSpec, scope: TableScope) -> Clause:
    """A derived value worked out, as its type."""
    clause = clause_of(reduced(spec.node), scope, spec.type)
    if spec.type.kind is Kind.LIST and spec.type.item is not None and is_array(clause):
        return clause
    wanted = value_type(spec.type)
    if spec.type.kind is Kind.INTEGER and _adds_up(spec.node, scope):
        return sa.type_coerce(clause, WholeNumber())
    # A mean of integers comes as a NUMERIC: the value is cast to what was declared.
    return sa.cast(clause, wanted) if spec.type.kind in PLAIN else sa.type_coerce(clause, wanted)


def _adds_up(node: Node, scope: TableScope) -> bool:
    """Whether it is a sum of whole numbers, which may be longer than any of them."""
    kind = _kind(node, scope)
    return isinstance(node, Aggregate) and node.fold is Fold.SUM and kind is not None and kind.kind is Kind.INTEGER


def _kind(node: Node, scope: TableScope) -> Type | None:
    inference = Inference(scope.schema.domain, type_of_known=type_of_known)
    return inference.infer(node, scope.scopes()).type


def _kinded(node: Node, scope: TableScope) -> tuple[Clause, Type | None]:
    return clause_of(node, scope), _kind(node, scope)


def _elsewhere(node: Along | Outer, scope: TableScope, like: Type | None) -> Clause:
    """A value of another record."""
    if isinstance(node, Outer):
        return clause_of(node.inner, scope.outer(node.steps), like)
    return _along(node, scope, like)


def _along(node: Along, scope: TableScope, like: Type | None) -> Clause:
    """What is at the end of a to-one link: joined, or in a SELECT of its own where nothing can be joined."""
    link, inner = scope.resource.relationships[node.link], node.inner
    if scope.joins is None:
        end, met = scope.inside(link)
        return _select(clause_of(inner, end, like), end).where(met).scalar_subquery()
    end = scope.follow(link)
    value = clause_of(inner, end, like)
    # A count over no record at all is 0, but the count of a record that is not there is absent.
    present = end.key().is_not(sa.null())
    return value if _absent_with(end, inner) else sa.case((present, value))


def _absent_with(end: TableScope, inner: Node) -> bool:
    """Whether a value is absent by itself where the record is: what is stored, and what is further along."""
    return isinstance(inner, Along) or (isinstance(inner, Ref) and inner.name in end.resource.attributes)


def _compare(node: Compare | Beyond, scope: TableScope) -> Clause:
    if isinstance(node, Compare):
        return compared(node.op, *_sides(node, scope))
    left, right = zip(*(_sides(pair, scope) for pair in node.pairs), strict=True)
    return sa.tuple_(*left) > sa.tuple_(*right)


def _sides(node: Compare, scope: TableScope) -> tuple[Clause, Clause]:
    """What is compared with what."""
    one, other = _kind(node.left, scope), _kind(node.right, scope)
    left, right = clause_of(node.left, scope, other), clause_of(node.right, scope, one)
    stored = _as_stored(node.left, node.op, scope)
    if stored is not None and isinstance(node.right, Value) and node.right.value is not None:
        return scope.stored(stored.name), write_stored(stored, right)
    if is_array(left) or is_array(right):
        known = [side.value or () for side in (node.left, node.right) if isinstance(side, Value)]
        items = common_item((one, other), known)
        left, right = as_array(node.left, left, items), as_array(node.right, right, items)
    as_they_are = node.op in (Comparison.EQ, Comparison.NE)
    return (left, right) if as_they_are else (by_code_point(left), by_code_point(right))


def _as_stored(node: Node, op: Comparison, scope: TableScope) -> AttributeSpec | None:
    """The attribute whose column is compared with what is known as it is, so that an index over it serves."""
    found = scope.resource.attributes.get(node.name) if isinstance(node, Ref) else None
    return found if found is not None and not scope.as_stored and compared_as_stored(found, op) else None


def _choices(nodes: tuple[Node, ...], scope: TableScope, like: Type | None) -> Sequence[Clause]:
    """What one of is chosen."""
    return kept_alike(nodes, [clause_of(node, scope, like) for node in nodes], [_kind(node, scope) for node in nodes])


def _call(function: Function, args: tuple[Node, ...], scope: TableScope, like: Type | None) -> Clause:
    if function in ABOUT_THE_LAYER:
        return ABOUT_THE_LAYER[function]
    if function is Function.COALESCE:
        known = next((kind for arg in args if (kind := _kind(arg, scope)) is not None), like)
        return sa.func.coalesce(*_choices(args, scope, known))
    value = clause_of(args[0], scope, like if function is Function.ABS else TEXT)
    match function:
        case Function.LOWER | Function.UPPER:
            return folded_case(value, function.value)
        case Function.LENGTH:
            return sa.func.char_length(value, type_=PLAIN[Kind.INTEGER])
        case _:
            value = widened(value)
            return sa.func.abs(value, type_=value.type)


def _some(link: RelationshipSpec, where: Node, scope: TableScope) -> Clause:
    if scope.beforehand and link.holds_key and not looks_out(where):
        keys, asked = scope.keys_at(link, where)
        return scope.one_of(link, keys, condition_of(asked, keys.scope))
    inner, met = scope.inside(link)
    # What the condition joins is part of the SELECT, which is made after it.
    condition = condition_of(where, inner)
    return sa.exists(_select(sa.literal_column("1"), inner).where(met, condition))


def _aggregate(node: Aggregate, scope: TableScope, like: Type | None) -> Clause:
    """A SELECT over the related records, correlated with the record at hand."""
    inner, met = scope.inside(scope.resource.relationships[node.link])
    conditions = [met] if node.where is None else [met, condition_of(node.where, inner)]
    if node.fold is Fold.EXISTS:
        return sa.exists(_select(sa.literal_column("1"), inner).where(*conditions))
    if node.fold is Fold.COUNT or node.of is None:
        return _select(sa.func.count(), inner).where(*conditions).scalar_subquery()
    value = _of_each(node.of, inner, like.item if like is not None and node.fold is Fold.LIST else like)
    order = order_of(node.sort, inner)
    if node.fold is Fold.FIRST:
        return _select(value, inner).where(*conditions).order_by(*order).limit(1).scalar_subquery()
    gathered = list_of(value, order) if node.fold is Fold.LIST else folded(node.fold, value)
    return _select(gathered, inner).where(*conditions).scalar_subquery()


def _of_each(of: Node, scope: TableScope, like: Type | None) -> Clause:
    """What is folded, worked out for each record.

    PostgreSQL takes an aggregate of nothing but a record further out for an aggregate over those: a word on the
    record at hand keeps it here.
    """
    value = clause_of(of, scope, like)
    if not any(isinstance(part, Outer) for part in walk(of)):
        return value
    return sa.case((scope.key().is_not(sa.null()), value))


def order_of(sort: tuple[tuple[str, bool], ...], scope: TableScope) -> list[Clause]:
    """The order by these values of the record, then by its key; absent values last."""
    named = [sorted_by(value_clause(name, scope), descending=descending, nullable=True) for name, descending in sort]
    return [*named, by_code_point(scope.key())]


def _select(value: Any, scope: TableScope) -> sa.Select[Any]:
    """A SELECT from one record and what is joined to it; every other table in it is that of a record around."""
    assert scope.joins is not None
    return sa.select(value).select_from(scope.joins.source).correlate_except(scope.table)
