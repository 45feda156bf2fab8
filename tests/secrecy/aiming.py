"""Aiming drawn steps: at the keys and values by which two worlds differ, which are not known when steps are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

from tests.secrecy.conditions import ENDS, ME
from tests.secrecy.library import KINDS, LINKS, key
from tests.secrecy.oracle import Pair
from tests.secrecy.steps import HELD_BACK, NOWHERE, Asked, Done, Got, Happening, Listed, Listening, May, Together
from tests.secrecy.worlds import MOST

Call = TypeVar("Call", Done, May)
PEOPLE = frozenset({"person", "owner"})


@dataclass(frozen=True)
class Aim:
    """Keys for what has one beyond the most that there are, and the name of a value of each resource."""

    pair: Pair
    at: Mapping[str, Sequence[UUID]]
    held: Mapping[str, str]

    @classmethod
    def of(cls, pair: Pair) -> Aim:
        """At what two worlds differ in."""
        return cls(pair, pair.targets, pair.held_back)

    def taken(self, asked: Asked) -> Asked:
        """The step, aimed."""
        step = asked.step
        match step:
            case Listed():
                sort = tuple(name.replace(HELD_BACK, self.held[step.resource]) for name in step.sort)
                step = replace(step, sort=sort, filter=self._filter(step.resource, step.filter))
            case Listening():
                step = replace(step, filter=self._filter(step.resource, step.filter))
            case Got():
                step = replace(step, key=self._key(step.resource, step.key))
            case Done():
                step = self._call(step)
            case May():
                step = self._call(step)
            case Together():
                step = replace(step, calls=tuple(self._call(call) for call in step.calls))
            case Happening(_, _, otherwise) if otherwise:
                step = self._veiled(step)
            case Happening(move):
                aimed = replace(move, key=self._key(move.resource, move.key))
                step = replace(step, move=aimed.under(self.pair.oracle.rules))
        return replace(asked, step=step)

    def _call(self, call: Call) -> Call:
        return replace(call, key=self._key(call.resource, call.key), given=self._given(call.given))

    def _key(self, resource: str, of: Any) -> Any:
        beyond = {key(resource, number): number for number in range(MOST[resource] + 1, 12)}
        return self.at[resource][beyond[of] % len(self.at[resource])] if of in beyond and self.at[resource] else of

    def _given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {**values} | {name: self._key(ENDS[name[:-3]], of) for name, of in values.items() if name[-3:] == "_id"}

    def _veiled(self, step: Happening) -> Happening:
        """A change of a value that is not told, to another one in each world, where rules ask the same of both."""
        move, choice = step.move, self.pair.veiled[step.move.resource]
        for of, name in [*choice[move.key.int % len(choice) :], *choice] if choice else ():
            edits = [replace(move, key=of, values={name: value(name, number)}) for number in range(4)]
            views = [self.pair.oracle.view(edit.made_in(self.pair.left)) for edit in edits]
            for one, other in ((0, 1), (2, 3), (1, 2), (0, 2), (1, 3)):
                if edits[one] != edits[other] and views[one] == views[other]:
                    return replace(step, move=edits[one], otherwise=edits[other].values)
        return replace(step, move=replace(move, values={}), otherwise={}, only=NOWHERE)

    def _filter(self, resource: str, filter_: Mapping[str, Any]) -> dict[str, Any]:
        """With the value that is held back in the place of the one to be named, wherever that is asked about."""
        found: dict[str, Any] = {}
        for name, inner in filter_.items():
            if name == HELD_BACK:
                found |= _compared(self.held[resource], *inner.items())
            elif name == "not":
                found[name] = self._filter(resource, inner)
            elif name in LINKS[resource]:
                end, quantified = LINKS[resource][name], {"some", "none", "every"} & inner.keys()
                found[name] = (
                    {each: self._filter(end, inner[each]) for each in quantified}
                    if quantified
                    else self._filter(end, inner)
                )
            else:
                found[name] = inner
        return found


def value(name: str, number: int) -> Any:
    """One of the values that there may be of that name."""
    if name in PEOPLE:
        return (ME, "you")[number % 2]
    kind = KINDS[name]
    return bool(number % 2) if kind is bool else number if kind is int else "abc"[number % 3]


def _compared(name: str, asked: tuple[str, int]) -> dict[str, Any]:
    word, number = asked
    if name not in KINDS:
        return {name: {"is_null": bool(number % 2)}}
    return {name: {"eq" if KINDS[name] is bool else word: value(name, number)}}
