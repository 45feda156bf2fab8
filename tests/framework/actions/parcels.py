"""Parcels: every way of writing that an action knows, with guards and expressions of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from framework.actions.changeset import Changeset
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
        return [
            c.setting(weight=Arithmetic(Operator.ADD, Ref(("weight",)), Value(c.arguments["by"]))) for c in changesets
        ]


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
    load = Update(arguments={"by": argument(int)}, steps=[AddWeight()])
    send = Update()
    purge = Destroy(arguments={"owned_by": argument(str)}, steps=[OwnedByArgument()])

    unique_label = identity(label)


PARCELS = compile_domain(Domain("parcels", [Parcel]))
