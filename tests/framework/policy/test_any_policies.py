"""Whatever the rules, they are decided as three-valued logic has it, written down here a second time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from framework.compiler.domain import Domain, compile_domain
from framework.context import Actor, Context
from framework.declare.actions import Read, Update
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.policies import given as given_by_call
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.errors import Source
from framework.expr.build import Expr, actor, node_of
from framework.expr.evaluate import evaluate
from framework.expr.nodes import Function
from framework.policy.decisions import Decisions
from framework.spec.domain import DomainSpec
from framework.spec.policy import ConditionSpec, Effect, PolicySpec

Truth = bool | None
NOWHERE = Source("nowhere.py", 1)


class Thing(Resource):
    id: Attr[UUID] = primary_key()
    size: Attr[int | None] = attribute()
    name: Attr[str | None] = attribute()
    open: Attr[bool | None] = attribute()
    parts: Many[Part] = has_many()
    browse = Read()
    edit = Update(accept=[size, name, open])


class Part(Resource):
    id: Attr[UUID] = primary_key()
    name: Attr[str | None] = attribute()
    thing: One[Thing] = belongs_to()


DOMAIN = compile_domain(Domain("things", [Thing, Part]))
TYPES: Mapping[str, type] = {"size": int, "name": str, "open": bool}


@dataclass(frozen=True)
class Record:
    """A thing, or a part of one."""

    values: Mapping[str, Any]
    parts: Sequence[Record] = ()
    key: Any = None

    def value(self, name: str) -> Any:
        return self.values[name]

    def related(self, link: str) -> Sequence[Any]:
        return self.parts

    def whole(self) -> Record:
        return self

    def ask(self, function: Function) -> Any:
        raise AssertionError(function)


@dataclass(frozen=True)
class World:
    """All that a rule may ask for."""

    record: Record
    facts: Mapping[str, Any]
    gives: Mapping[str, Any] = field(default_factory=dict)


class Condition(ABC):
    """One kind of condition: as an author writes it, and what it comes to."""

    @abstractmethod
    def written(self) -> Expr[bool]: ...

    @abstractmethod
    def truth(self, world: World) -> Truth: ...


def same(left: Any, right: Any) -> Truth:
    return None if left is None or right is None else left == right


def fact(world: World, name: str, kind: type) -> Any:
    """A fact of another type is as good as none."""
    value = world.facts.get(name)
    return value if type(value) is kind else None


@dataclass(frozen=True)
class Is(Condition):
    name: str
    value: Any

    def written(self) -> Expr[bool]:
        return getattr(Thing, self.name) == self.value  # type: ignore[no-any-return]  # any attribute

    def truth(self, world: World) -> Truth:
        return (
            world.record.values[self.name] is None
            if self.value is None
            else same(world.record.values[self.name], self.value)
        )


@dataclass(frozen=True)
class IsFact(Condition):
    name: str
    fact: str

    def written(self) -> Expr[bool]:
        return getattr(Thing, self.name) == actor(self.fact)  # type: ignore[no-any-return]  # any attribute

    def truth(self, world: World) -> Truth:
        return same(world.record.values[self.name], fact(world, self.fact, TYPES[self.name]))


@dataclass(frozen=True)
class FactIs(Condition):
    fact: str
    value: Any

    def written(self) -> Expr[bool]:
        condition: Expr[bool] = actor(self.fact) == self.value
        return condition

    def truth(self, world: World) -> Truth:
        return same(fact(world, self.fact, type(self.value)), self.value)


@dataclass(frozen=True)
class FactAmong(Condition):
    fact: str
    values: tuple[str, ...]

    def written(self) -> Expr[bool]:
        return actor(self.fact).one_of(self.values)

    def truth(self, world: World) -> Truth:
        found = fact(world, self.fact, str)
        return None if found is None else found in self.values


@dataclass(frozen=True)
class FactHolds(Condition):
    fact: str

    def written(self) -> Expr[bool]:
        return actor(self.fact)

    def truth(self, world: World) -> Truth:
        found: Truth = fact(world, self.fact, bool)
        return found


@dataclass(frozen=True)
class Gives(Condition):
    name: str
    value: Any

    def written(self) -> Expr[bool]:
        condition: Expr[bool] = given_by_call(self.name) == self.value
        return condition

    def truth(self, world: World) -> Truth:
        return same(world.gives.get(self.name), self.value)


@dataclass(frozen=True)
class SomePart(Condition):
    fact: str

    def written(self) -> Expr[bool]:
        return Thing.parts.any(lambda part: part.name == actor(self.fact))

    def truth(self, world: World) -> Truth:
        named = fact(world, self.fact, str)
        return any(same(part.values["name"], named) is True for part in world.record.parts)


@dataclass(frozen=True)
class Not(Condition):
    item: Condition

    def written(self) -> Expr[bool]:
        return ~self.item.written()

    def truth(self, world: World) -> Truth:
        found = self.item.truth(world)
        return None if found is None else not found


@dataclass(frozen=True)
class Both(Condition):
    left: Condition
    right: Condition

    def written(self) -> Expr[bool]:
        return self.left.written() & self.right.written()

    def truth(self, world: World) -> Truth:
        return all_of([self.left.truth(world), self.right.truth(world)])


@dataclass(frozen=True)
class Either(Condition):
    left: Condition
    right: Condition

    def written(self) -> Expr[bool]:
        return self.left.written() | self.right.written()

    def truth(self, world: World) -> Truth:
        return any_of([self.left.truth(world), self.right.truth(world)])


def all_of(answers: Sequence[Truth]) -> Truth:
    return False if False in answers else None if None in answers else True


def any_of(answers: Sequence[Truth]) -> Truth:
    return True if True in answers else None if None in answers else False


@dataclass(frozen=True)
class Rule:
    effect: Effect
    when: tuple[Condition, ...]
    unless: tuple[Condition, ...]

    def truth(self, world: World) -> Truth:
        return all_of([*(each.truth(world) for each in self.when), *(Not(each).truth(world) for each in self.unless)])

    def spec(self) -> PolicySpec:
        conditions = [
            *(ConditionSpec(node_of(each.written(), Thing)) for each in self.when),
            *(ConditionSpec(node_of(each.written(), Thing), unless=True) for each in self.unless),
        ]
        return PolicySpec(self.effect, NOWHERE, "Thing.policies", names=("edit",), conditions=tuple(conditions))


def permitted(rules: Sequence[Rule], world: World) -> bool:
    """One is let pass, or allowed and for certain not forbidden."""
    answers = {effect: [rule.truth(world) for rule in rules if rule.effect is effect] for effect in Effect}
    if True in answers[Effect.BYPASS]:
        return True
    return True in answers[Effect.ALLOW] and all(answer is False for answer in answers[Effect.FORBID])


NAMES, FACTS, TEXTS = st.sampled_from([*TYPES]), st.sampled_from(["role", "level"]), st.sampled_from(["a", "b"])
VALUES: Mapping[str, st.SearchStrategy[Any]] = {"size": st.integers(0, 2), "name": TEXTS, "open": st.booleans()}
NAMED = NAMES.flatmap(lambda name: st.tuples(st.just(name), VALUES[name]))
LEAVES = st.one_of(
    NAMED.map(lambda pair: Is(*pair)),
    NAMES.map(lambda name: Is(name, None)),
    st.builds(IsFact, NAMES, FACTS),
    st.builds(FactIs, FACTS, st.one_of(*VALUES.values())),
    st.builds(FactAmong, FACTS, st.lists(TEXTS, min_size=1).map(tuple)),
    st.builds(FactHolds, FACTS),
    NAMED.map(lambda pair: Gives(*pair)),
    st.builds(SomePart, FACTS),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.builds(Not, inner), st.builds(Both, inner, inner), st.builds(Either, inner, inner)),
    max_leaves=6,
)
RULES = st.lists(
    st.builds(
        Rule,
        st.sampled_from(Effect),
        st.lists(CONDITIONS, max_size=2).map(tuple),
        st.lists(CONDITIONS, max_size=1).map(tuple),
    ),
    max_size=6,
)
ODD = st.one_of(st.none(), st.integers(0, 2), TEXTS, st.booleans(), st.just(["a"]), st.just({"a": 1}))
MAYBE = {name: st.one_of(st.none(), values) for name, values in VALUES.items()}
WORLDS = st.builds(
    World,
    st.builds(
        Record,
        st.fixed_dictionaries(MAYBE),
        st.lists(MAYBE["name"].map(lambda name: Record({"name": name})), max_size=2),
    ),
    st.dictionaries(FACTS, ODD),
    st.fixed_dictionaries({}, optional=MAYBE),
)


def decisions_of(rules: Sequence[Rule]) -> tuple[DomainSpec, Decisions]:
    thing = replace(DOMAIN.resources["Thing"], policies=tuple(rule.spec() for rule in rules))
    domain = replace(DOMAIN, resources={**DOMAIN.resources, "Thing": thing})
    return domain, Decisions.of(domain)


def context_of(world: World) -> Context:
    return Context(Actor("user", "me", world.facts))


@settings(max_examples=100, deadline=None)
@given(rules=RULES.filter(bool), world=WORLDS)
def test_a_record_is_permitted_as_the_rules_have_it(rules: list[Rule], world: World) -> None:
    domain, decisions = decisions_of(rules)
    decided = decisions.decided(domain.action("Thing", "edit"), context_of(world), world.gives)
    assert (evaluate(decided, world.record) is True) is permitted(rules, world)


@settings(max_examples=60, deadline=None)
@given(rules=RULES.filter(bool), world=WORLDS, data=st.data())
def test_the_order_of_the_rules_does_not_matter(rules: list[Rule], world: World, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(rules))
    answers = set()
    for order in (rules, shuffled):
        domain, decisions = decisions_of(order)
        decided = decisions.decided(domain.action("Thing", "edit"), context_of(world), world.gives)
        answers.add(evaluate(decided, world.record) is True)
    assert len(answers) == 1


@settings(max_examples=100, deadline=None)
@given(rules=RULES.filter(bool), world=WORLDS)
def test_each_rule_comes_to_what_it_says_unknown_told_apart(rules: list[Rule], world: World) -> None:
    domain, decisions = decisions_of(rules)
    answers = decisions.breakdown(domain.action("Thing", "edit"), context_of(world), world.gives)
    assert [evaluate(each.answer, world.record) for each in answers] == [rule.truth(world) for rule in rules]


@settings(max_examples=40, deadline=None)
@given(rules=RULES.filter(bool), world=WORLDS)
def test_a_stranger_is_decided_as_somebody_of_whom_nothing_is_known(rules: list[Rule], world: World) -> None:
    domain, decisions = decisions_of(rules)
    edit = domain.action("Thing", "edit")
    stranger = decisions.decided(edit, Context(), world.gives)
    assert (evaluate(stranger, world.record) is True) is permitted(rules, replace(world, facts={}))
