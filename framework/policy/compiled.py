"""The rules of a domain as conditions, each made once: of an action, of a field, of the records of a resource."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from framework.expr.asked import Given, Gives
from framework.expr.nodes import TRUE, Combine, Logic, Node, Not, every, walk
from framework.policy.affirming import affirming
from framework.policy.afterwards import as_before, spoken_of
from framework.policy.binding import Bound, Known, binder
from framework.policy.facts import with_typed_facts
from framework.spec.action import ActionSpec
from framework.spec.changing import as_carried_out
from framework.spec.domain import DomainSpec
from framework.spec.policy import Effect, PolicySpec
from framework.spec.resource import ResourceSpec

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class DecidingInputs:
    """Of what a call gives, the names whose values decide about it, and those that decide by being given at all."""

    values: tuple[str, ...]
    presence: tuple[str, ...]

    @classmethod
    def by(cls, nodes: Iterable[Node], names: Iterable[str]) -> Self:
        """What these conditions ask for, besides these names."""
        parts = [part for node in nodes for part in walk(node)]
        values = {part.name for part in parts if isinstance(part, Given)}
        given = {part.name for part in parts if isinstance(part, Gives)}
        return cls(tuple(sorted(values)), tuple(sorted({*given, *names} - values)))


class Compiled:
    """The conditions of a domain, made as they are first asked for."""

    def __init__(self, domain: DomainSpec) -> None:
        self.domain = domain
        self._actions: dict[tuple[str, str], Bound] = {}
        self._spoken: dict[tuple[str, str], frozenset[str]] = {}
        self._readable: dict[str, Mapping[str, Bound]] = {}
        self._writable: dict[str, Mapping[str, Bound]] = {}
        self._deciding: dict[str, DecidingInputs] = {}
        self._base: dict[str, Mapping[str, Bound]] = {}

    def action(self, action: ActionSpec) -> Bound:
        """The decision of an action."""
        return _once(self._actions, (action.resource, action.name), lambda: self._bound(self._decision(action), action))

    def spoken_of(self, action: ActionSpec) -> frozenset[str]:
        """The attributes of its record that the decision of an action looks at."""
        spec = self.domain.resources[action.resource]
        return _once(
            self._spoken, (action.resource, action.name), lambda: frozenset(spoken_of(self._decision(action), spec))
        )

    def afterwards(self, action: ActionSpec, before: Mapping[str, Any], known: Known) -> Node:
        """The decision of an action, asked of the record that it changed."""
        node = as_before(self._decision(action), action, before, known.given)
        return self._bound(node, action)(known)

    def readable(self, resource: str) -> Mapping[str, Bound]:
        """Of which records each field may be read that says so."""
        return _once(self._readable, resource, lambda: self._fields(self.domain.resources[resource]))

    def writable(self, action: ActionSpec) -> Mapping[str, Bound]:
        """On which records each field may be given that says so."""
        policies = self.domain.resources[action.resource].field_policies.values()
        return _once(
            self._writable,
            f"{action.resource}.{action.name}",
            lambda: {said.name: self._bound(said.writing, action) for said in policies if said.writable},
        )

    def deciding(self, action: ActionSpec) -> DecidingInputs:
        """What of a call to an action decides whether it is allowed."""

        def make() -> DecidingInputs:
            policies = self.domain.resources[action.resource].field_policies.values()
            fields = {said.name: self._typed(said.writing, action) for said in policies if said.writable}
            return DecidingInputs.by((self._typed(self._decision(action), action), *fields.values()), fields)

        return _once(self._deciding, f"{action.resource}.{action.name}", make)

    def base(self, resource: str) -> Mapping[str, Bound]:
        """The base filters, by name."""
        spec = self.domain.resources[resource]
        return _once(
            self._base,
            resource,
            lambda: {name: self._about(said.condition.met, spec) for name, said in spec.base.items()},
        )

    def rule(self, policy: PolicySpec, action: ActionSpec) -> Bound:
        """One rule by itself: what its conditions come to, unknown told apart."""
        return binder(self._typed(policy.when, action))

    def _decision(self, action: ActionSpec) -> Node:
        if not self.domain.polices(self.domain.resources[action.resource]):
            return TRUE
        policies = [said for said in self.domain.resources[action.resource].policies if said.about(action)]

        def any_of(effect: Effect) -> Node:
            return Combine(Logic.OR, tuple(said.when for said in policies if said.effect is effect))

        allowed = every(any_of(Effect.ALLOW), Not(any_of(Effect.FORBID)))
        return Combine(Logic.OR, (any_of(Effect.BYPASS), allowed))

    def _fields(self, spec: ResourceSpec) -> Mapping[str, Bound]:
        said = spec.field_policies.values()
        return {policy.name: self._about(policy.reading, spec) for policy in said if policy.readable}

    def _typed(self, node: Node, action: ActionSpec) -> Node:
        scopes = (self.domain.resources[action.resource],)
        return with_typed_facts(as_carried_out(node, action), action, scopes, self.domain)

    def _bound(self, node: Node, action: ActionSpec) -> Bound:
        return affirming(self._typed(node, action))

    def _about(self, node: Node, spec: ResourceSpec) -> Bound:
        return affirming(with_typed_facts(node, None, (spec,), self.domain))


def _once(made: dict[K, V], key: K, make: Callable[[], V]) -> V:
    found = made.get(key)
    if found is None:
        found = made[key] = make()
    return found
