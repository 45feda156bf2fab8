"""Tickets: a verb that fails for some calls, a step that refuses some, and jobs queued with writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from framework.actions.changeset import Changeset
from framework.actions.request import Call
from framework.actions.session import Session
from framework.actions.step import Change
from framework.compiler.domain import Domain, compile_domain
from framework.context import Context
from framework.declare.actions import Action, Create, Job, Read, Update, argument
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.errors import Conflict, Failure, Unavailable
from framework.jobs.enqueue import enqueue
from framework.jobs.extension import JOBS
from framework.jobs.job_run import JobRun


@dataclass(frozen=True, slots=True)
class EnoughSeats(Change):
    """Refuses more than there are, and books one more than asked for."""

    needs_record: ClassVar[bool] = True

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        return [self._booked(changeset) for changeset in changesets]

    def _booked(self, changeset: Changeset) -> Changeset:
        wanted = changeset.arguments["wanted"]
        if wanted > changeset.value("seats"):
            return changeset.failing(Conflict("too few seats", code="too_few", path=("wanted",)))
        return changeset.setting(wanted=wanted + 1)


class Ticket(Resource):
    """Seats in a hall."""

    id: Attr[UUID] = primary_key()
    seats: Attr[int] = attribute(ge=0, le=9)

    browse = Read()
    issue = Create(accept=[seats], arguments={"loud": argument(bool, default=False)}, then=enqueue("ring"))
    change = Update(accept=[seats], arguments={"loud": argument(bool, default=False)}, then=enqueue("ring"))
    price = Action(
        verb("tests.framework.jobs.tickets:price"),
        arguments={"wanted": argument(int)},
        returns=int,
        steps=[EnoughSeats()],
    )
    ring = Job(verb("tests.framework.jobs.tickets:ring"), arguments={"loud": argument(bool), "seats": argument(int)})


async def price(calls: Sequence[Call], session: Session) -> list[int | Failure]:
    """Ten for each seat; of one seat no price is known."""
    return [
        Unavailable("nobody knows") if call.arguments["wanted"] == 2 else 10 * call.arguments["wanted"]
        for call in calls
    ]


async def ring(run: JobRun) -> None:
    """Rings."""


TICKETS = compile_domain(Domain("tickets", [Ticket], [JOBS]))
