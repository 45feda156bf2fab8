"""The steps of a play: what an actor asks and does, and what happens meanwhile elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.secrecy.oracle import Move

Door = str
# The name of a value that is held back of the records of a resource, whichever that is.
HELD_BACK = "?"
NOWHERE = "nowhere"
DOORS = ("session", "graphql", "rest")


@dataclass(frozen=True)
class Shown:
    """What is asked of a record: its values, and what is at the other end of its links."""

    values: tuple[str, ...]
    links: tuple[tuple[str, Shown], ...] = ()


@dataclass(frozen=True)
class Listed:
    """A list: which records in which order, a page of them or two, and perhaps their number."""

    resource: str
    action: str
    shown: Shown
    filter: Mapping[str, Any] = field(default_factory=dict)
    sort: tuple[str, ...] = ()
    limit: int | None = None
    further: bool = False
    count: str | None = None


@dataclass(frozen=True)
class Got:
    """One record by its key; `node` is the door of GraphQL that any record is behind."""

    resource: str
    key: Any
    shown: Shown
    node: bool = False


@dataclass(frozen=True)
class Done:
    """A call of an action. With `known`, it goes on from what was read before, or from what was never so."""

    resource: str
    action: str
    key: Any
    given: Mapping[str, Any]
    shown: Shown
    known: str | None = None


@dataclass(frozen=True)
class Together:
    """Calls of one action that are made as one."""

    resource: str
    action: str
    calls: tuple[Done, ...]


@dataclass(frozen=True)
class May:
    """Whether one may."""

    resource: str
    action: str
    key: Any
    given: Mapping[str, Any]


@dataclass(frozen=True)
class Listening:
    """A stream of the changes of records from now on: of all, or of those that satisfy a filter by then.

    REST has no filter of streams, and tells of all.
    """

    resource: str
    filter: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Heard:
    """All that the streams have told by now."""


@dataclass(frozen=True)
class Happening:
    """What somebody else does: in both worlds, or in one of them, where nobody is to notice.

    In the right one, `otherwise` stands in the place of what is given. `NOWHERE` is in neither.
    """

    move: Move
    only: str | None
    otherwise: Mapping[str, Any] = field(default_factory=dict)


Step = Listed | Got | Done | Together | May | Listening | Heard | Happening


@dataclass(frozen=True)
class Asked:
    """A step, and the door that it is taken through."""

    door: Door
    step: Step
