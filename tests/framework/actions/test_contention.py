"""Many callers at one record, on PostgreSQL: a move of a state machine is made by one of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from framework.actions.engine import Engine
from framework.actions.request import Request
from framework.actions.session import Session
from framework.compiler.domain import Domain, compile_domain
from framework.errors import Conflict
from framework.sql.engine import create_tables, open_layer
from tests.framework.actions.conftest import Folder, Heard, Note

CALLERS = 50


@pytest.fixture
async def stored(fresh_database_url: str, heard: Heard) -> AsyncIterator[Session]:
    domain = compile_domain(Domain("notes", [Folder, Note]))
    async with open_layer(domain, fresh_database_url) as layer:
        await create_tables(layer)
        yield Engine(domain, layer, heard).session()


async def test_of_many_who_move_a_record_at_once_one_does(stored: Session, heard: Heard) -> None:
    note = await stored.create(Note.write, {"title": "a"})
    heard.outcomes.clear()
    ends = await asyncio.gather(*(stored.update(Note.send, note.id) for _ in range(CALLERS)), return_exceptions=True)
    refused = [end for end in ends if isinstance(end, Conflict)]
    assert [end.id for end in ends if isinstance(end, Note)] == [note.id]
    assert len(refused) == CALLERS - 1
    assert {failure.issues[0].code for failure in refused} == {"illegal_transition"}
    assert len(heard.outcomes) == 1


async def test_callers_that_read_the_record_first_follow_each_other(stored: Session) -> None:
    note = await stored.create(Note.write, {"title": "a"})
    await asyncio.gather(*(stored.update(Note.shout, note.id) for _ in range(10)))
    assert (await stored.get(Note, note.id)).title == "A"


async def test_two_calls_about_the_same_records_in_other_orders_do_not_wait_in_a_circle(stored: Session) -> None:
    notes = await stored.create_all(Note.write, [{"title": str(number)} for number in range(20)])
    shout = stored.spec(Note.shout)
    orders = [notes, notes[::-1]] * 5
    done = await asyncio.gather(*(stored.perform(shout, [Request(id=note.id) for note in order]) for order in orders))
    assert [len(records) for records in done] == [20] * 10
