"""What an actor is shown of a world and may do in it, worked out in plain Python from nothing but rows and rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from tests.secrecy.conditions import Condition, Place, Row, Rows, is_here
from tests.secrecy.library import ACTIONS, DERIVED, GIVEN, RESOURCES
from tests.secrecy.rules import DomainRules, all_atoms

HIDDEN = "hidden"
READS = ("browse", "shelf")
View = Mapping[str, Mapping[UUID, tuple[Any, ...]]]


@dataclass(frozen=True)
class Oracle:
    """Rules as they are for somebody of whom these facts are known."""

    rules: DomainRules
    facts: Mapping[str, Any]
    atoms: Mapping[str, list[Condition]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "atoms", all_atoms(self.rules))

    def view(self, rows: Rows) -> View:
        """All that the actor can come to know: what is shown, and what the rules ask about that.

        Two worlds that are equal in this are one to the actor, whatever is asked or done. Where a rule asks for any of
        several records, the shown ones are equal anyway, so what counts is whether a hidden one is among them.
        """
        shown = {resource: self._shown(rows, resource) for resource in RESOURCES}
        hidden = {resource: frozenset(rows[resource].keys() - shown[resource].keys()) for resource in RESOURCES}
        return {
            resource: {
                key: (*reads, *self._told(rows, resource, key, hidden)) for key, reads in shown[resource].items()
            }
            for resource in RESOURCES
        }

    def hides(self, rows: Rows, resource: str, key: UUID) -> bool:
        """Whether no read finds the record."""
        return key not in self._shown(rows, resource)

    def _shown(self, rows: Rows, resource: str) -> dict[UUID, tuple[bool, ...]]:
        found = {}
        for key, row in rows[resource].items():
            if not is_here(row):
                continue
            place = Place(rows, resource, row, self.facts)
            reads = tuple(self.rules[resource].sees(each, place) for each in READS if each in ACTIONS[resource])
            if any(reads):
                found[key] = reads
        return found

    def _told(
        self, rows: Rows, resource: str, key: UUID, hidden: Mapping[str, frozenset[UUID]]
    ) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        row, said = rows[resource][key], self.rules[resource]
        place = Place(rows, resource, row, self.facts)
        values = [row[name] if said.reads(name, place) else HIDDEN for name in GIVEN[resource]]
        derived = [said.reads(name, place) for name in DERIVED[resource]]
        asked = replace(place, hidden=hidden)
        return (*values, *derived), tuple(atom.truth(asked) for atom in self.atoms[resource])


@dataclass(frozen=True)
class Move:
    """A change of a world that somebody else makes."""

    kind: str
    resource: str
    key: UUID
    values: Row

    def under(self, rules: DomainRules) -> Move:
        """It without the house of a record that belongs to none."""
        if rules[self.resource].tenanted:
            return self
        return replace(self, values={name: value for name, value in self.values.items() if name != "house"})

    def made_in(self, rows: Rows) -> dict[str, dict[UUID, Row]]:
        """The world after it; the same where it cannot be made."""
        after = {name: dict(of) for name, of in rows.items()}
        mine = after[self.resource]
        if self.kind == "make" and self.key not in mine:
            mine[self.key] = {"id": self.key, **self.values}
        elif self.kind == "edit" and self.key in mine:
            mine[self.key] = {**mine[self.key], **self.values}
        elif self.kind == "drop":
            _drop(after, self.resource, self.key)
        return after if holds_together(after) else {name: dict(of) for name, of in rows.items()}


LINKED = (("Member", "room_id", "Room"), ("Paper", "room_id", "Room"), ("Note", "paper_id", "Paper"))


def holds_together(rows: Rows) -> bool:
    """Whether every key leads somewhere, and none from one house into another."""
    ways = (*LINKED, ("Paper", "origin_id", "Paper"))
    leading = ((row, row[way], end) for of, way, end in ways for row in rows[of].values())
    return all(to is None or links(row, rows[end].get(to)) for row, to, end in leading)


def links(row: Row, end: Row | None) -> bool:
    """Whether a link may lead from the one to the other."""
    return end is not None and bool("house" not in row or end.get("house", row["house"]) == row["house"])


def _drop(rows: dict[str, dict[UUID, Row]], resource: str, key: UUID) -> None:
    rows[resource].pop(key, None)
    for of, way, end in LINKED:
        if end == resource:
            for gone in [row["id"] for row in rows[of].values() if row[way] == key]:
                _drop(rows, of, gone)
    if resource == "Paper":
        for copy in [row for row in rows["Paper"].values() if row["origin_id"] == key]:
            rows["Paper"][copy["id"]] = {**copy, "origin_id": None}


@dataclass(frozen=True)
class Pair:
    """Two worlds that are one to the actor, and the rules that make them so."""

    oracle: Oracle
    left: Rows
    right: Rows

    @property
    def differs(self) -> bool:
        return self.left != self.right

    @property
    def held_back(self) -> Mapping[str, str]:
        """A value of each resource, one that is not told to all if there is any."""
        said = {name: [rule.name for rule in rules.fields] for name, rules in self.oracle.rules.items()}
        return {name: [*found, *GIVEN[name]][0] for name, found in said.items()}

    @property
    def veiled(self) -> Mapping[str, Sequence[tuple[UUID, str]]]:
        """The records that are shown without some value, and its name; not of what ends a stream."""
        view = self.oracle.view(self.left)
        return {
            resource: [
                (key, name)
                for key, told in view[resource].items()
                for name, value in zip(GIVEN[resource], told[-2], strict=False)
                if value is HIDDEN and name[-3:] != "_id" and key.int & 0xFFF
            ]
            for resource in RESOURCES
        }

    @property
    def targets(self) -> Mapping[str, Sequence[UUID]]:
        """Keys to aim at: of what is shown, and of what is there in one of the worlds alone, as many times again."""
        view = self.oracle.view(self.left)
        found: dict[str, Sequence[UUID]] = {}
        for resource in RESOURCES:
            shown = [key for key in view[resource] if key.int & 0xFFF]
            alone = sorted(self.left[resource].keys() ^ self.right[resource].keys())
            found[resource] = [*shown, *(alone * 3)[: max(len(shown), 1)]]
        return found
