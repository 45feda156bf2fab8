"""Verbs and queued jobs: many by one call end as each alone, on both layers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from framework.actions.engine import Engine
from framework.actions.query import Query
from framework.actions.refusals import kind_of
from framework.actions.request import Request
from framework.actions.session import Session
from framework.data.memory import MemoryLayer
from framework.data.protocols import Layer
from framework.errors import Conflict, Failure, Invalid, NotFound, Unavailable
from framework.events.doorbell import LocalDoorbell
from framework.events.log import Log
from framework.events.notifier import EventNotifier
from framework.identifiers import uuid7
from framework.jobs.job import Job
from framework.sql.engine import create_tables, open_layer
from framework.sql.layer import SqlLayer
from tests.conftest import MakeDatabase
from tests.framework.actions.together import expected, told_of
from tests.framework.jobs.tickets import TICKETS, Ticket

# What is refused of the input comes first, then what is not there, what a step refuses, what the verb cannot do.
STAGES: list[type[Failure]] = [Invalid, NotFound, Conflict, Unavailable]
SEATS = st.integers(-1, 10)
INPUTS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "issue": st.fixed_dictionaries({"seats": SEATS}, optional={"loud": st.booleans()}),
    "change": st.fixed_dictionaries({}, optional={"seats": SEATS, "loud": st.booleans()}),
    "price": st.fixed_dictionaries({"wanted": st.integers(0, 3)}),
}


@pytest.fixture(scope="module")
async def tables(make_database: MakeDatabase) -> AsyncIterator[SqlLayer]:
    async with open_layer(TICKETS, await make_database()) as layer:
        await create_tables(layer)
        yield layer


@st.composite
def calls(draw: st.DrawFn) -> tuple[list[int], str, list[Any]]:
    """The seats of tickets, an action, and what it is asked to do to which; -1 is about none that there is."""
    stored = draw(st.lists(st.integers(0, 2), max_size=3))
    name = draw(st.sampled_from(sorted(INPUTS)))
    about = st.none() if name == "issue" else st.integers(-1, len(stored) - 1)
    unique = (lambda request: request[0]) if name == "change" else None
    return stored, name, draw(st.lists(st.tuples(about, INPUTS[name]), min_size=1, max_size=4, unique_by=unique))


class Undone(Exception):
    """Nothing of this is to be kept."""


async def ends(layer: Layer, asked: Any, *, which: list[int]) -> tuple[list[Any], list[Any]] | Failure:
    """What some of the calls give and the jobs that they queue, or how they fail; all of it is forgotten."""
    stored, name, requests = asked
    log = Log(TICKETS, layer, LocalDoorbell())
    session = Engine(TICKETS, layer, EventNotifier(log), {Log: log}).session()
    told: list[tuple[list[Any], list[Any]]] = []
    try:
        async with session.transaction() as inner:
            rows = [{"id": uuid7(), "seats": seats} for seats in stored]
            await inner.writer.insert(TICKETS.of(Ticket), rows)
            called = [Request(requests[index][1], _key(requests[index][0], rows)) for index in which]
            results = await inner.perform(TICKETS.action("Ticket", name), called)
            told.append(([_plain(result) for result in results], await _queued(inner)))
            raise Undone
    except Undone:
        return told[0]
    except Failure as failure:
        return failure


def _key(at: int | None, rows: list[Any]) -> Any:
    return uuid7() if at == -1 else None if at is None else rows[at]["id"]


def _plain(result: Any) -> Any:
    return result.seats if isinstance(result, Ticket) else result


async def _queued(session: Session) -> list[Any]:
    page = await session.page(TICKETS.of(Job).actions["browse"], Query(limit=50))
    return [job.arguments for job in page.records]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(asked=calls())
async def test_many_by_one_call_end_as_each_alone(tables: SqlLayer, asked: Any) -> None:
    """Would have caught that verbs did not see what steps set, were called about records that are not there, and that
    one refusal of many was told without its index; beside its sibling for writes, which would have caught that the
    guard of the first destroy of many counted for all.
    """
    everyone = list(range(len(asked[2])))
    for layer in (MemoryLayer(TICKETS), tables):
        alone = [await ends(layer, asked, which=[index]) for index in everyone]
        together = await ends(layer, asked, which=everyone)
        if not isinstance(together, Failure):
            done = [end for end in alone if not isinstance(end, Failure)]
            assert together == ([result for end in done for result in end[0]], [job for end in done for job in end[1]])
            continue
        kind, issues = expected(alone, lambda failure: STAGES.index(kind_of(failure)))
        assert (type(together), told_of(together)) == (kind, issues)
