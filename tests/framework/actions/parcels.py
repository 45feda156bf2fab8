"""Parcels: every way of writing that an action knows, with guards and expressions of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from framework.actions.changeset import Changeset, Outcome
from framework.actions.session import Session
from framework.actions.step import Change
from framework.compiler.domain import Domain, compile_domain
from framework.context import Context
from framework.declare.actions import Create, Destroy, Read, Update, argument, keyset
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.machine import state_machine
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.expr.nodes import Arithmetic, Operator, Ref, Value, equals


class Stage(StrEnum):
    """Where a parcel is on its way."""

    PACKED = "packed"
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class OwnedByArgument(Change):
    """Only the parcels of the owner named."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        return [c.guarded(equals(owner=c.arguments["owned_by"])) for c in changesets]


@dataclass(frozen=True, slots=True)
class AddWeight(Change):
    """Adds to the weight, whatever it is by then."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        return [c.setting(weight=Arithmetic(Operator.ADD, Ref("weight"), Value(c.arguments["by"]))) for c in changesets]


@dataclass(slots=True)
class Meeting:
    """Where the first two transactions wait until both hold their own parcel."""

    barrier: asyncio.Barrier
    met: int = 0

    async def meet(self) -> None:
        """Waits for the other one."""
        self.met += 1
        if self.met <= self.barrier.parties:
            await self.barrier.wait()


@dataclass(frozen=True, slots=True)
class AnotherLikewise(Change):
    """Gives another parcel the same weight, once this one is written."""

    async def after(self, outcomes: Sequence[Outcome], session: Session) -> None:
        await session.services[Meeting].meet()
        for outcome in outcomes:
            weight = {"weight": outcome.changeset.values["weight"]}
            await session.update(Parcel.edit, outcome.changeset.arguments["other"], weight)


class Parcel(Resource):
    """Something to be sent."""

    id: Attr[UUID] = primary_key()
    owner: Attr[str] = attribute()
    weight: Attr[int] = attribute(ge=0, le=100)
    label: Attr[str | None] = attribute()
    stage: Attr[Stage] = state_machine(Stage.PACKED, send=(Stage.PACKED, Stage.SENT))

    browse = Read(paginate=keyset(default=100, maximum=100))
    pack = Create(accept=[owner, weight, label])
    edit = Update(accept=[owner, weight, label])
    edit_own = Update(accept=[weight], arguments={"owned_by": argument(str)}, steps=[OwnedByArgument()])
    weigh_with = Update(accept=[weight], arguments={"other": argument(UUID)}, steps=[AnotherLikewise()])
    load = Update(arguments={"by": argument(int)}, steps=[AddWeight()])
    send = Update()
    purge = Destroy(arguments={"owned_by": argument(str)}, steps=[OwnedByArgument()])

    unique_label = identity(label)


PARCELS = compile_domain(Domain("parcels", [Parcel]))
