"""Who may: rules about actions, about the values of single fields, and filters that hold everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from framework.errors import Source
from framework.expr.nodes import Node, Not, every
from framework.spec.action import ActionKind, ActionSpec


class Effect(StrEnum):
    """What a rule does where its conditions are met: a bypass outweighs all, and forbidding outweighs allowing."""

    BYPASS = "bypass"
    ALLOW = "allow"
    FORBID = "forbid"


@dataclass(frozen=True, slots=True)
class ConditionSpec:
    """One condition of a rule, about the record, the actor and the call; `says` is how a named check calls itself."""

    node: Node
    unless: bool = False
    says: str | None = None

    @property
    def met(self) -> Node:
        """What has to be true: unknown is not enough either way."""
        return Not(self.node) if self.unless else self.node


@dataclass(frozen=True, slots=True)
class PolicySpec:
    """A rule about the actions of these names and kinds; about every action where none are said.

    `path` is where it stands among the declarations, `because` what it is for.
    """

    effect: Effect
    source: Source
    path: str
    names: tuple[str, ...] = ()
    kinds: tuple[ActionKind, ...] = ()
    conditions: tuple[ConditionSpec, ...] = ()
    because: str | None = None

    @property
    def selective(self) -> bool:
        """Whether it is about some actions only."""
        return bool(self.names or self.kinds)

    @property
    def when(self) -> Node:
        """All of its conditions together."""
        return every(*(condition.met for condition in self.conditions))

    def about(self, action: ActionSpec) -> bool:
        """Whether the rule has a say in that action of its resource."""
        return not self.selective or action.name in self.names or action.kind in self.kinds


@dataclass(frozen=True, slots=True)
class FieldPolicySpec:
    """Of which records the value of a field may be read, and of which it may be given; of all where nothing is said."""

    name: str
    source: Source
    path: str
    readable: tuple[ConditionSpec, ...] = ()
    writable: tuple[ConditionSpec, ...] = ()

    @property
    def reading(self) -> Node:
        """What has to be true of a record whose value is read."""
        return every(*(condition.met for condition in self.readable))

    @property
    def writing(self) -> Node:
        """What has to be true of a record whose value is given."""
        return every(*(condition.met for condition in self.writable))


@dataclass(frozen=True, slots=True)
class BaseFilterSpec:
    """A condition that every reading of the records is held to, except by actions that go past it by its name."""

    name: str
    source: Source
    condition: ConditionSpec
