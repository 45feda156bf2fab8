"""Conditions of drawn rules: each as the framework is told, and what it comes to, written down a second time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from framework import Expr, actor, changing, given

Truth = bool | None
Row = Mapping[str, Any]
Rows = Mapping[str, Mapping[UUID, Row]]
OWNERS = {"members": ("Member", "room_id"), "papers": ("Paper", "room_id"), "notes": ("Note", "paper_id")}
ENDS = {"room": "Room", "paper": "Paper", "origin": "Paper"}
ME = "me"
# Of those houses to which records belong, where they belong to any: whoever asks is in the first.
HERE, THERE = "north", "south"


_NOBODY = object()


def is_here(row: Row) -> bool:
    """Whether the record belongs to the house that whoever asks is in, or to none."""
    return bool(row.get("house", HERE) == HERE)


@dataclass(frozen=True)
class Place:
    """A record of a world, as somebody with these facts asks about it; an empty row is where a link leads nowhere.

    There nothing is known, and nobody is related: so it is at the end of a link into another house, too.
    """

    rows: Rows
    resource: str
    row: Row
    facts: Mapping[str, Any]
    hidden: Mapping[str, frozenset[UUID]] | None = None

    def at(self, resource: str, row: Row) -> Place:
        return Place(self.rows, resource, row, self.facts, self.hidden)

    def end(self, link: str) -> Place:
        row = self.rows[ENDS[link]].get(self.row[f"{link}_id"]) if self.row else None
        return self.at(ENDS[link], row if row is not None and is_here(row) else {})

    def others(self, link: str) -> list[Place]:
        """The records that belong to this one; of those, the hidden ones alone where it says which these are."""
        resource, key = OWNERS[link]
        mine = self.row.get("id", _NOBODY)
        found = [row for row in self.rows[resource].values() if row[key] == mine and is_here(row)]
        if self.hidden is not None:
            found = [row for row in found if row["id"] in self.hidden[resource]]
        return [self.at(resource, row) for row in found]


@dataclass(frozen=True)
class Condition(ABC):
    """A named check of the framework, and our own account of it."""

    def says(self) -> str:
        return repr(self)

    @abstractmethod
    def condition(self, record: Any) -> Expr[bool]: ...

    @abstractmethod
    def truth(self, place: Place) -> Truth: ...

    def parts(self) -> Sequence[Condition]:
        """The conditions it is made of, about the same record."""
        return ()

    def beyond(self) -> tuple[str, Condition] | None:
        """What it asks of another record: the resource of that one, and the condition."""
        return None


@dataclass(frozen=True)
class Is(Condition):
    name: str
    value: Any

    def condition(self, record: Any) -> Expr[bool]:
        found: Expr[bool] = getattr(record, self.name) == self.value
        return found

    def truth(self, place: Place) -> Truth:
        found = place.row.get(self.name)
        return None if found is None else bool(found == self.value)


@dataclass(frozen=True)
class Mine(Condition):
    name: str

    def condition(self, record: Any) -> Expr[bool]:
        found: Expr[bool] = getattr(record, self.name) == actor("id")
        return found

    def truth(self, place: Place) -> Truth:
        return bool(place.row[self.name] == ME) if place.row else None


@dataclass(frozen=True)
class Fact(Condition):
    name: str
    value: str

    def condition(self, record: Any) -> Expr[bool]:
        return actor(self.name) == self.value

    def truth(self, place: Place) -> Truth:
        found = place.facts.get(self.name)
        return None if found is None else bool(found == self.value)


@dataclass(frozen=True)
class At(Condition):
    """Of the record at the end of a link."""

    link: str
    inner: Condition

    def condition(self, record: Any) -> Expr[bool]:
        return self.inner.condition(getattr(record, self.link))

    def truth(self, place: Place) -> Truth:
        return self.inner.truth(place.end(self.link))

    def beyond(self) -> tuple[str, Condition] | None:
        return ENDS[self.link], self.inner


@dataclass(frozen=True)
class Any_(Condition):
    """Of any of the records that belong to it."""

    link: str
    inner: Condition

    def condition(self, record: Any) -> Expr[bool]:
        found: Expr[bool] = getattr(record, self.link).any(self.inner.condition)
        return found

    def truth(self, place: Place) -> Truth:
        return any(self.inner.truth(other) is True for other in place.others(self.link))

    def beyond(self) -> tuple[str, Condition] | None:
        return OWNERS[self.link][0], self.inner


@dataclass(frozen=True)
class Gives(Condition):
    """Of the call: that it gives this value."""

    name: str
    value: Any

    def condition(self, record: Any) -> Expr[bool]:
        found: Expr[bool] = given(self.name) == self.value
        return found

    def truth(self, place: Place) -> Truth:
        return None


@dataclass(frozen=True)
class Changes(Condition):
    """Of the call: that it makes another value of it. What that one was is what hangs on the record."""

    name: str

    def condition(self, record: Any) -> Expr[bool]:
        found: Expr[bool] = changing(getattr(record, self.name))
        return found

    def truth(self, place: Place) -> Any:
        return place.row.get(self.name)


@dataclass(frozen=True)
class Not(Condition):
    item: Condition

    def condition(self, record: Any) -> Expr[bool]:
        return ~self.item.condition(record)

    def truth(self, place: Place) -> Truth:
        found = self.item.truth(place)
        return None if found is None else not found

    def parts(self) -> Sequence[Condition]:
        return (self.item,)


@dataclass(frozen=True)
class Both(Condition):
    left: Condition
    right: Condition

    def condition(self, record: Any) -> Expr[bool]:
        return self.left.condition(record) & self.right.condition(record)

    def truth(self, place: Place) -> Truth:
        return all_of([self.left.truth(place), self.right.truth(place)])

    def parts(self) -> Sequence[Condition]:
        return (self.left, self.right)


@dataclass(frozen=True)
class Either(Condition):
    left: Condition
    right: Condition

    def condition(self, record: Any) -> Expr[bool]:
        return self.left.condition(record) | self.right.condition(record)

    def truth(self, place: Place) -> Truth:
        found = [self.left.truth(place), self.right.truth(place)]
        return True if True in found else None if None in found else False

    def parts(self) -> Sequence[Condition]:
        return (self.left, self.right)


def all_of(answers: Sequence[Truth]) -> Truth:
    """All of them."""
    return False if False in answers else None if None in answers else True


def atoms(condition: Condition, resource: str) -> Iterator[tuple[str, Condition]]:
    """What cannot be taken apart in it, and of whose records each is asked; also what is asked further on."""
    parts = condition.parts()
    for part in parts:
        yield from atoms(part, resource)
    if not parts:
        yield resource, condition
    beyond = condition.beyond()
    if beyond is not None:
        yield from atoms(beyond[1], beyond[0])
