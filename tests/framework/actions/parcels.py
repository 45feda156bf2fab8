"""Parcels: every way of writing that an action knows, with guards and expressions of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
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
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import check, identity
from framework.expr.build import argument_value
from framework.expr.nodes import Arithmetic, Call, Case, Function, IsNull, Operator, Ref, Value, equals
from framework.testing.until import PATIENCE


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


@dataclass(frozen=True, slots=True)
class TwiceTheWeight(Change):
    """Sets a weight that is worked out of nothing but the call."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        return [c.setting(weight=argument_value("by") * 2) for c in changesets]


@dataclass(slots=True)
class Meeting:
    """Where the first two transactions wait until both hold their own record, and then wait for each other's.

    One of them gives way. PostgreSQL does not promise the other one the record that is let go: who comes again fast
    enough has it first, and both wait for each other once more. So here it comes again when the other one is done.
    """

    barrier: asyncio.Barrier
    met: int = 0
    one_is_done: asyncio.Event = field(default_factory=asyncio.Event)

    async def attended(self, work: Awaitable[object]) -> None:
        """One of the two, to its end."""
        await work
        self.one_is_done.set()

    async def enter(self) -> None:
        """Before a transaction holds anything: whoever gave way waits for the other one."""
        if self.met >= self.barrier.parties:
            async with asyncio.timeout(PATIENCE):
                await self.one_is_done.wait()

    async def meet(self) -> None:
        """Waits for the other one."""
        self.met += 1
        if self.met <= self.barrier.parties:
            await self.barrier.wait()


@dataclass(frozen=True, slots=True)
class AnotherLikewise(Change):
    """Gives another parcel the same weight, once this one is written."""

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        await session.services[Meeting].enter()
        return changesets

    async def after(self, outcomes: Sequence[Outcome], session: Session) -> None:
        await session.services[Meeting].meet()
        for outcome in outcomes:
            weight = {"weight": outcome.changeset.values["weight"]}
            await session.update(Parcel.edit, outcome.changeset.arguments["other"], weight)


@dataclass(frozen=True, slots=True)
class WeighWhenWritten(Change):
    """The weight is an expression of each parcel's own, which only the store works out."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        stored = IsNull(Call(Function.NOW))
        return [c.setting(weight=Case(stored, Value(0), Value(c.arguments["by"]))) for c in changesets]


class Parcel(Resource):
    """Something to be sent. Its key is not the first column."""

    owner: Attr[str] = attribute()
    id: Attr[UUID] = primary_key()
    weight: Attr[int] = attribute(ge=0, le=100)
    label: Attr[str | None] = attribute()
    stage: Attr[Stage] = state_machine(Stage.PACKED, send=(Stage.PACKED, Stage.SENT))

    browse = Read(paginate=keyset(default=100, maximum=100))
    pack = Create(accept=[owner, weight, label])
    pack_by_scale = Create(accept=[owner], arguments={"by": argument(int)}, steps=[WeighWhenWritten()])
    edit = Update(accept=[owner, weight, label])
    edit_own = Update(accept=[weight], arguments={"owned_by": argument(str)}, steps=[OwnedByArgument()])
    weigh_with = Update(accept=[weight], arguments={"other": argument(UUID)}, steps=[AnotherLikewise()])
    load = Update(arguments={"by": argument(int)}, steps=[AddWeight()])
    weigh_twice = Update(arguments={"by": argument(int)}, steps=[TwiceTheWeight()])
    send = Update()
    purge = Destroy(arguments={"owned_by": argument(str)}, steps=[OwnedByArgument()])

    unique_label = identity(label)
    bob_is_weak = check((owner != "bob") | (weight <= 50), message="bob carries at most 50")


class Receipt(Resource):
    """That a parcel was paid for; while it is kept, so is the parcel."""

    id: Attr[UUID] = primary_key()
    parcel: One[Parcel] = belongs_to()

    keep = Create(accept=[parcel])


PARCELS = compile_domain(Domain("parcels", [Parcel, Receipt]))
