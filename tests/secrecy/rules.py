"""Drawn rules: who may what with rooms, members, papers and notes, and which of their values are told to whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from framework import allow, bypass, field, forbid
from tests.secrecy.conditions import Condition, Not, Place, Truth, all_of, atoms

WORDS = {"allow": allow, "forbid": forbid, "bypass": bypass}


@dataclass(frozen=True)
class Rule:
    """A rule about actions."""

    effect: str
    actions: tuple[str, ...]
    when: tuple[Condition, ...] = ()
    unless: tuple[Condition, ...] = ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return (*self.when, *self.unless)

    def declared(self) -> Any:
        said = WORDS[self.effect](*self.actions)
        if self.when:
            said = said.when(*self.when)
        return said.unless(*self.unless) if self.unless else said

    def truth(self, place: Place) -> Truth:
        return all_of([*(c.truth(place) for c in self.when), *(Not(c).truth(place) for c in self.unless)])


@dataclass(frozen=True)
class FieldRule:
    """A rule about a value: of which records it is read, and of which it is given."""

    name: str
    readable: Condition | None
    writable: Condition | None

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return tuple(each for each in (self.readable, self.writable) if each is not None)

    def declared(self) -> Any:
        said: Any = field(self.name)
        if self.readable is not None:
            said = said.readable_when(self.readable)
        return said if self.writable is None else said.writable_when(self.writable)


@dataclass(frozen=True)
class Rules:
    """All that is said of one resource. Where it is `tenanted`, each record belongs to a house."""

    actions: tuple[Rule, ...]
    fields: tuple[FieldRule, ...] = ()
    base: Condition | None = None
    tenanted: bool = False

    @property
    def declared(self) -> list[Any]:
        return [each.declared() for each in self.said]

    @property
    def said(self) -> Sequence[Rule | FieldRule]:
        return (*self.actions, *self.fields)

    @property
    def conditions(self) -> Sequence[Condition]:
        said = [each for rule in self.said for each in rule.conditions]
        return said if self.base is None else [*said, self.base]

    def permits(self, action: str, place: Place) -> bool:
        """One is let pass, or allowed and for certain not forbidden."""
        told: dict[str, list[Truth]] = {word: [] for word in WORDS}
        for rule in self.actions:
            if action in rule.actions:
                told[rule.effect].append(rule.truth(place))
        if True in told["bypass"]:
            return True
        return True in told["allow"] and all(each is False for each in told["forbid"])

    def sees(self, action: str, place: Place) -> bool:
        """Whether the read finds the record; `shelf` goes past the base filter."""
        if action != "shelf" and self.base is not None and self.base.truth(place) is not True:
            return False
        return self.permits(action, place)

    def reads(self, name: str, place: Place) -> bool:
        """Whether the value of that name is told."""
        return all(
            rule.readable.truth(place) is True
            for rule in self.fields
            if rule.name == name and rule.readable is not None
        )


DomainRules = Mapping[str, Rules]


def all_atoms(rules: DomainRules) -> Mapping[str, list[Condition]]:
    """What the rules ask of the records of each resource, in the smallest parts."""
    found: dict[str, dict[Condition, None]] = {resource: {} for resource in rules}
    for resource, each in _conditions(rules):
        for of, atom in atoms(each, resource):
            found[of][atom] = None
    return {resource: list(each) for resource, each in found.items()}


def _conditions(rules: DomainRules) -> Iterator[tuple[str, Condition]]:
    for resource, said in rules.items():
        for condition in said.conditions:
            yield resource, condition
