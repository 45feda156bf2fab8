"""The type of every expression, told before it runs, and what is wrong with one that has none.

Verifiers hand over a place for what is wrong; back ends, which meet verified expressions only, hand over none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from framework.expr.beyond import Beyond
from framework.expr.nodes import (
    Aggregate,
    Along,
    Among,
    Arg,
    Arithmetic,
    Call,
    Case,
    Combine,
    Compare,
    Comparison,
    Fold,
    Function,
    IsNull,
    Match,
    Node,
    Not,
    Operator,
    Outer,
    Ref,
    Some,
    Value,
)
from framework.expr.shown import shown
from framework.expr.whole import Whole
from framework.spec.domain import DomainSpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.spec.type_rules import (
    BOOLEAN,
    INTEGER,
    MOMENT,
    TEXT,
    alike,
    arithmetic_type,
    common,
    folded,
    has_order,
    stored,
    type_of_value,
)
from framework.suggest import did_you_mean
from framework.types.type import NUMBERS, Kind, Type

Scopes = tuple[ResourceSpec, ...]
"""The resource that is seen from, and behind it those that the expression led over to get there."""
ASKED = {Function.NOW: MOMENT, Function.TRANSACTION: INTEGER, Function.HORIZON: INTEGER, Function.STORE: TEXT}


@dataclass(frozen=True, slots=True)
class InferredType:
    """The type of a value, None where it can be any, and whether the value may be absent."""

    type: Type | None = None
    nullable: bool = False

    @property
    def kind(self) -> Kind | None:
        """The kind of value; None where it can be any."""
        return None if self.type is None or self.type.python is Any else self.type.kind


ANY = InferredType()
CONDITION, PRESENCE = InferredType(BOOLEAN, nullable=True), InferredType(BOOLEAN)


def _overlook(says: str, hint: str | None = None) -> None:
    """What a back end does with a mistake: its expressions were verified."""


@dataclass(frozen=True, slots=True)
class Inference:
    """Infers types in one domain. `arguments` are those of the action that an expression belongs to."""

    domain: DomainSpec
    arguments: Mapping[str, Type] | None = None
    object_to: Callable[..., None] = _overlook
    type_of_known: Callable[[Any], Type | None] = type_of_value

    def infer(self, node: Node, scopes: Scopes) -> InferredType:
        """The type of an expression."""
        match node:
            case Ref() | Along() | Outer() | Value() | Arg():
                return self._atom(node, scopes)
            case Arithmetic(op, left, right):
                return self._arithmetic(op, self.infer(left, scopes), self.infer(right, scopes))
            case Call(function, args):
                return self._call(function, [self.infer(arg, scopes) for arg in args])
            case Case(when, then, otherwise):
                self.condition(when, scopes)
                parts = [self.infer(then, scopes), self.infer(otherwise, scopes)]
                return InferredType(self._common(parts), any(part.nullable for part in parts))
            case Aggregate():
                return self._aggregate(node, scopes)
            case Compare() | Beyond() | Combine() | Not() | Whole() | IsNull() | Among() | Match() | Some():
                return self._condition(node, scopes)
            case _:
                return InferredType(None, nullable=True)

    def _atom(self, node: Node, scopes: Scopes) -> InferredType:
        match node:
            case Ref(name):
                return self._reference(name, scopes[0])
            case Outer(steps, inner):
                return self.infer(inner, (scopes[steps], *scopes))
            case Along(name, inner):
                return self._along(name, inner, scopes)
            case Value(value):
                return InferredType(self.type_of_known(value), value is None)
            case Arg(name):
                return self._argument(name)
        return InferredType(None, nullable=True)

    def condition(self, node: Node, scopes: Scopes) -> InferredType:
        """The type of what has to be a condition."""
        found = self.infer(node, scopes)
        if found.kind not in (None, Kind.BOOLEAN) and found.type and stored(found.type).kind is not Kind.BOOLEAN:
            self.object_to(f"{shown(node)} is of the type {found.kind}, not a condition", 'compare it: `title != ""`')
        return found

    def _condition(self, node: Node, scopes: Scopes) -> InferredType:
        match node:
            case Compare(op, left, right):
                return self._compare(op, (left, self.infer(left, scopes)), (right, self.infer(right, scopes)))
            case Combine(_, items) | Beyond(pairs=items):
                found = [self.condition(item, scopes) for item in items]
                return InferredType(BOOLEAN, any(item.nullable for item in found))
            case Not(item) | Whole(item):
                return InferredType(BOOLEAN, self.condition(item, scopes).nullable)
            case Among(item, values):
                for value in _told_apart(values, one := self.infer(item, scopes)):
                    self._comparable((item, one), (Value(value), self.infer(Value(value), scopes)))
                return InferredType(BOOLEAN, one.nullable)
            case Match(op, item, pattern):
                found = [self._text(part, scopes, f"`{op}`") for part in (item, pattern)]
                return InferredType(BOOLEAN, any(part.nullable for part in found))
            case IsNull(item):
                self.infer(item, scopes)
            case Some(name, where):
                link, target = self._follow(name, scopes[0])
                if link is not None and target is not None:
                    self.condition(where, (target, *scopes))
        return PRESENCE

    def _reference(self, name: str, spec: ResourceSpec) -> InferredType:
        if name in spec.values:
            kind = spec.values[name].type
            return InferredType(kind, kind.nullable)
        if name in spec.relationships:
            self.object_to(f"`{spec.name}.{name}` is a link, not a value", f"say which value: `{name}.id`")
        else:
            hint = did_you_mean(name, [*spec.values, *spec.relationships])
            self.object_to(f"`{spec.name}` has no `{name}`", hint)
        return ANY

    def _follow(self, name: str, spec: ResourceSpec) -> tuple[RelationshipSpec | None, ResourceSpec | None]:
        """A link and its target; a target out of sight is the link's own mistake."""
        link = spec.relationships.get(name)
        if link is None:
            self.object_to(f"`{spec.name}` has no `{name}`", did_you_mean(name, spec.relationships))
            return None, None
        return link, self.domain.resources.get(link.target)

    def _along(self, name: str, inner: Node, scopes: Scopes) -> InferredType:
        link, target = self._follow(name, scopes[0])
        if link is None or target is None:
            return ANY
        if link.many:
            says = f"`{scopes[0].name}.{name}` leads to many records"
            self.object_to(says, "say `.any(...)`, or take an aggregate")
            return ANY
        found = self.infer(inner, (target, *scopes))
        return InferredType(found.type, found.nullable or link.nullable)

    def _argument(self, name: str) -> InferredType:
        if self.arguments is None:
            return InferredType(None, nullable=True)
        if name not in self.arguments:
            self.object_to(f"there is no argument `{name}`", did_you_mean(name, self.arguments))
            return ANY
        return InferredType(self.arguments[name], nullable=self.arguments[name].nullable)

    def _arithmetic(self, op: Operator, left: InferredType, right: InferredType) -> InferredType:
        nullable = op is Operator.DIVIDE or left.nullable or right.nullable
        if left.type is None or right.type is None:
            return InferredType(left.type or right.type, nullable)
        found = arithmetic_type(op, left.type, right.type)
        if found is None and left.kind and right.kind:
            self.object_to(f"there is no `{op}` of the types {left.kind} and {right.kind}")
        return InferredType(found, nullable)

    def _call(self, function: Function, args: list[InferredType]) -> InferredType:
        if function in ASKED:
            return InferredType(ASKED[function])
        if function is Function.COALESCE:
            return InferredType(self._common(args), all(arg.nullable for arg in args))
        (arg,) = args
        if function is Function.ABS:
            if arg.kind is not None and arg.kind not in NUMBERS:
                self.object_to(f"there is no `{function}` of the type {arg.kind}")
            return arg
        if arg.kind is not None and arg.type and stored(arg.type).kind is not Kind.STRING:
            self.object_to(f"there is no `{function}` of the type {arg.kind}")
        return InferredType(INTEGER if function is Function.LENGTH else TEXT, arg.nullable)

    def _common(self, parts: list[InferredType]) -> Type | None:
        types = [part.type for part in parts if part.type is not None]
        found = common(types)
        if types and found is None:
            kinds = " and ".join(dict.fromkeys(str(kind.kind) for kind in types))
            self.object_to(f"one value cannot be of the types {kinds}")
        return found

    def _text(self, node: Node, scopes: Scopes, what: str) -> InferredType:
        found = self.infer(node, scopes)
        if found.kind is not None and found.type and stored(found.type).kind is not Kind.STRING:
            self.object_to(f"{what} takes texts, and {shown(node)} is of the type {found.kind}")
        return found

    def _compare(self, op: Comparison, left: _Typed, right: _Typed) -> InferredType:
        nullable = InferredType(BOOLEAN, left[1].nullable or right[1].nullable)
        if not self._comparable(left, right) or op in (Comparison.EQ, Comparison.NE):
            return nullable
        for node, found in (left, right):
            if found.type is not None and not has_order(found.type):
                self.object_to(f"{shown(node)} has no order: it is of the type {found.type.kind}")
                break
        return nullable

    def _comparable(self, left: _Typed, right: _Typed) -> bool:
        one, other = left[1].type, right[1].type
        if one is None or other is None:
            return True
        wrong = _no_such_value(one, right[0]) or _no_such_value(other, left[0])
        if wrong is None and not alike(one, other) and not _identifier(left, right):
            wrong = f"{shown(left[0])} is of the type {one.kind} and {shown(right[0])} of the type {other.kind}"
        if wrong is not None:
            self.object_to(wrong, "compare values of one type")
        return wrong is None

    def _aggregate(self, node: Aggregate, scopes: Scopes) -> InferredType:
        link, target = self._follow(node.link, scopes[0])
        if link is None or target is None:
            return ANY
        if not link.many:
            says = f"`{scopes[0].name}.{node.link}` leads to one record, so there is no {node.fold} of it"
            self.object_to(says)
            return ANY
        for name, _ in node.sort:
            if name not in target.attributes:
                says = f"`{name}` is not an attribute of `{target.name}`"
                self.object_to(says, did_you_mean(name, target.attributes))
        if node.where is not None:
            self.condition(node.where, (target, *scopes))
        found = ANY if node.of is None else self.infer(node.of, (target, *scopes))
        if node.fold in (Fold.COUNT, Fold.EXISTS) or found.type is None:
            return InferredType(INTEGER if node.fold is Fold.COUNT else BOOLEAN if node.of is None else None)
        folded_type = folded(node.fold, found.type)
        if folded_type is None:
            self.object_to(f"there is no {node.fold} of values of the type {found.type.kind}")
        return InferredType(folded_type, nullable=node.fold is not Fold.LIST)


_Typed = tuple[Node, InferredType]


def _told_apart(values: Iterable[Any], item: InferredType) -> Iterable[Any]:
    """One value of each class, as all of them are of one type; all, where it is the value that counts."""
    if item.type is None or item.type.choices:
        return values
    texts = item.kind is Kind.UUID
    return {(type(value), value if texts and isinstance(value, str) else None): value for value in values}.values()


def _no_such_value(kind: Type, node: Node) -> str | None:
    """Why a known value is none of an enum's, if so."""
    if not isinstance(node, Value) or node.value is None or not kind.choices:
        return None
    plain = getattr(node.value, "value", node.value)
    return None if plain in kind.choices else f"`{plain}` is none of {', '.join(map(str, kind.choices))}"


def _identifier(left: _Typed, right: _Typed) -> bool:
    """Whether an identifier meets the text of one: the id of an actor is a text."""
    for (_, found), (node, _) in ((left, right), (right, left)):
        if found.kind is Kind.UUID and found.type and isinstance(node, Value) and isinstance(node.value, str):
            return not found.type.cast(node.value)[1]
    return False
