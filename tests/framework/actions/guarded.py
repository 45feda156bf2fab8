"""Boats: what only some may do, by every kind of action, and verbs that count how often they were called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from framework.actions.changeset import Changeset, Outcome
from framework.actions.request import Call
from framework.actions.session import Session
from framework.actions.step import Change
from framework.compiler.domain import Domain, compile_domain
from framework.context import Context
from framework.declare.actions import Action, Create, Destroy, Read, Update, argument
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.derived import count
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.expr.nodes import equals
from framework.spec.action import Scope
from framework.spec.relationship import OnDelete
from tests.framework.actions.parcels import Meeting

VERBS = "tests.framework.actions.guarded"


@dataclass(slots=True)
class Calls:
    """What verbs were called for."""

    seen: list[Any]


@dataclass(frozen=True, slots=True)
class Owned(Change):
    """Only of the owner named."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        return [c.guarded(equals(owner=c.arguments["by"])) for c in changesets]


@dataclass(frozen=True, slots=True)
class Miscounted(Change):
    """Sets the number of oars to what is no number."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        return [c.setting(oars="some") for c in changesets]


@dataclass(frozen=True, slots=True)
class BuiltBefore(Change):
    """Builds a boat before."""

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        await session.create(Boat.build, {"owner": "before"})
        return changesets


@dataclass(frozen=True, slots=True)
class BothRepainted(Change):
    """Gives this boat another owner, and then another boat."""

    async def after(self, outcomes: Sequence[Outcome], session: Session) -> None:
        await session.services[Meeting].enter()
        for outcome in outcomes:
            await session.update(Boat.sell, outcome.changeset.id, {"owner": "new"})
            await session.services[Meeting].meet()
            await session.update(Boat.sell, outcome.changeset.arguments["other"], {"owner": "new"})


class Boat(Resource):
    """It floats."""

    id: Attr[UUID] = primary_key()
    owner: Attr[str] = attribute(max_length=10)
    seats: Many[Seat] = has_many()
    places: Attr[int] = count(seats)

    browse = Read()
    build = Create(accept=[owner])
    build_own = Create(accept=[owner], arguments={"by": argument(str)}, steps=[Owned()])
    sell = Update(accept=[owner])
    sink = Destroy()
    row = Action(verb(f"{VERBS}:called"), arguments={"by": argument(str)}, returns=int, steps=[Owned()])
    race = Action(
        verb(f"{VERBS}:called"), arguments={"by": argument(str)}, returns=int, scope=Scope.RESOURCE, steps=[Owned()]
    )
    equip = Action(
        verb(f"{VERBS}:called"),
        arguments={"oars": argument(int, default=2)},
        returns=int,
        scope=Scope.RESOURCE,
        steps=[Miscounted(), BuiltBefore()],
    )
    paint = Action(verb(f"{VERBS}:called"), arguments={"other": argument(UUID)}, returns=int, steps=[BothRepainted()])


class Seat(Resource):
    """A place in a boat."""

    id: Attr[UUID] = primary_key()
    boat: One[Boat] = belongs_to(on_delete=OnDelete.CASCADE)
    browse = Read()
    build = Create(accept=[boat])


async def called(calls: Sequence[Call], session: Session) -> list[int]:
    """How many calls there were, and a note of them."""
    session.services[Calls].seen.extend(call.id for call in calls)
    return [len(calls)] * len(calls)


BOATS = compile_domain(Domain("boats", [Boat, Seat]))
