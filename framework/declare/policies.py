"""Who may do what: rules that allow, forbid or bypass, about actions and about single fields."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

from framework.declare.actions import ActionOptions, ActionRef
from framework.declare.source import here
from framework.errors import Source
from framework.expr.asked import Changing, Given
from framework.expr.build import Expr, written
from framework.expr.nodes import Node
from framework.spec.action import ActionKind
from framework.spec.attribute import ABSENT
from framework.spec.policy import Effect

Named = ActionOptions | ActionRef[Any] | ActionKind | str
"""An action: the word of the class body, `Note.browse` outside of it, all of a kind, or a name."""


class NamedCheck(Protocol):
    """A condition with a name of its own, for many resources: a small frozen value that says itself in words."""

    def says(self) -> str:
        """The condition in words that go on from "when": "the actor is a member of the project"."""
        ...

    def condition(self, record: Any) -> Expr[bool]:
        """The condition on a record of the class."""
        ...


Condition = Expr[bool] | NamedCheck


@dataclass(frozen=True, slots=True)
class SaidCondition:
    """What `when` or `unless` was given; nothing, if it was called in vain."""

    what: object = ABSENT
    unless: bool = False


def _said(conditions: tuple[object, ...], *, unless: bool) -> tuple[SaidCondition, ...]:
    return tuple(SaidCondition(each, unless) for each in conditions) or (SaidCondition(unless=unless),)


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """What was said of a policy; every word gives a new one."""

    effect: Effect
    source: Source
    actions: tuple[object, ...] = ()
    conditions: tuple[SaidCondition, ...] = ()
    reasons: tuple[str, ...] = ()

    def when(self, *conditions: Condition) -> Self:
        """Only where all of these are true."""
        return replace(self, conditions=(*self.conditions, *_said(conditions, unless=False)))

    def unless(self, *conditions: Condition) -> Self:
        """Not where any of these is true, nor where that is unknown."""
        return replace(self, conditions=(*self.conditions, *_said(conditions, unless=True)))

    def because(self, reason: str) -> Self:
        """What the rule is for: said wherever the rules are printed, and beside what each comes to for a call."""
        return replace(self, reasons=(*self.reasons, reason))


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Rules that share conditions."""

    source: Source
    conditions: tuple[SaidCondition, ...] = ()
    rules: tuple[object, ...] | None = None

    def __getitem__(self, rules: Rule | Group | tuple[Rule | Group, ...]) -> Self:
        return replace(self, rules=rules if isinstance(rules, tuple) else (rules,))


@dataclass(frozen=True, slots=True, eq=False)
class FieldRule:
    """What was said of reading and giving the value of one field."""

    source: Source
    field: object
    readable: tuple[SaidCondition, ...] = ()
    writable: tuple[SaidCondition, ...] = ()

    def readable_when(self, *conditions: Condition) -> Self:
        """The value is absent unless all of these are true of its record."""
        return replace(self, readable=(*self.readable, *_said(conditions, unless=False)))

    def writable_when(self, *conditions: Condition) -> Self:
        """The value is not taken from a caller unless all of these are true of its record."""
        return replace(self, writable=(*self.writable, *_said(conditions, unless=False)))


Policy = Rule | Group | FieldRule


def allow(*actions: Named) -> Rule:
    """These actions (all, when none are named) are allowed: `allow(edit).when(owner_id == actor("id"))`."""
    return Rule(Effect.ALLOW, here(), actions)


def forbid(*actions: Named) -> Rule:
    """These actions (all, when none are named) are refused, whatever allows them."""
    return Rule(Effect.FORBID, here(), actions)


def bypass(*said: Named | Condition) -> Rule:
    """Where the conditions are true nothing else is asked: `bypass(actor("role") == "admin")`.

    It is about all actions unless some are named among them.
    """
    actions = tuple(each for each in said if isinstance(each, ActionOptions | ActionRef | str))
    conditions = tuple(SaidCondition(each) for each in said if not isinstance(each, ActionOptions | ActionRef | str))
    return Rule(Effect.BYPASS, here(), actions, conditions)


def group(*, when: Condition | None = None, unless: Condition | None = None) -> Group:
    """`group(when=actor("kind") == "user")[allow(browse), allow(create)]`: rules that share conditions."""
    asked = (SaidCondition(when), SaidCondition(unless, unless=True))
    return Group(here(), tuple(each for each in asked if each.what is not None))


def field(named: object) -> FieldRule:
    """Who may read and who may give one field: `field(salary).readable_when(owner_id == actor("id"))`."""
    return FieldRule(here(), named)


def given(name: str) -> Expr[Any]:
    """What the call gives for an accepted attribute or an argument of that name; absent when it gives none."""
    return Expr(lambda: Given(name))


def changing(item: Expr[Any], *, from_: Any = ABSENT, to: Any = ABSENT) -> Expr[bool]:
    """Whether the action makes another value of an attribute, from and to these where they are said.

    Several may be listed: `changing(state, from_=["draft", "review"], to="live")`. A record that is made changes from
    nothing, `from_=None`. What steps set is not looked at.
    """
    return Expr(lambda: Changing(item.tree_, _ends(from_), _ends(to)))


def _ends(said: Any) -> tuple[Node, ...] | None:
    if said is ABSENT:
        return None
    listed: list[Any] = list(said) if isinstance(said, list | tuple | set | frozenset) else [said]
    return tuple(map(written, listed))
