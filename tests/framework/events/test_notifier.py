"""Which events actions leave, and what stands in them."""

from __future__ import annotations

import pytest

from framework.actions.engine import Engine
from framework.actions.query import Query
from framework.actions.session import Session
from framework.context import Actor, Context
from framework.errors import NotFound
from framework.events.log import Log
from framework.events.log_position import LogPosition
from framework.events.notifier import EventNotifier
from framework.identifiers import uuid7
from tests.framework.events.conftest import Note

Logged = tuple[Session, Log]


async def test_every_write_leaves_one_event_with_what_it_wrote(memory: Logged) -> None:
    session, log = memory
    note = await session.create(Note.write, {"title": "a"})
    await session.update(Note.edit, note.id, {"title": "b"})
    await session.destroy(Note.remove, note.id)
    entries = await log.after(LogPosition())
    assert [entry.type for entry in entries] == ["note.write", "note.edit", "note.remove"]
    assert [entry.data.get("title") for entry in entries] == ["a", "b", None]
    assert {entry.target_id for entry in entries} == {str(note.id)}


async def test_private_and_sensitive_values_stay_out(memory: Logged) -> None:
    session, log = memory
    await session.create(Note.write, {"title": "a", "pin": "9999"})
    (entry,) = await log.after(LogPosition())
    assert set(entry.data) == {"id", "title"}


async def test_a_quiet_action_leaves_none(memory: Logged) -> None:
    session, log = memory
    await session.create(Note.whisper, {"title": "a"})
    assert await log.after(LogPosition()) == []


async def test_a_rolled_back_create_is_never_announced(memory: Logged) -> None:
    session, log = memory
    with pytest.raises(NotFound):
        await _write_then_fail(session)
    assert await log.after(LogPosition()) == []


async def _write_then_fail(session: Session) -> None:
    async with session.transaction() as inner:
        await inner.create(Note.write, {"title": "a"})
        await inner.destroy(Note.remove, uuid7())


async def test_an_event_says_who_acted(memory: Logged) -> None:
    session, log = memory
    context = Context(actor=Actor("user", "ann"))
    engine = Engine(session.domain, log.layer, EventNotifier(log))
    await engine.session(context).create(Note.write, {"title": "a"})
    row = (await session.page(session.domain.action("Event", "browse"), Query())).records[0]
    assert (row.actor, row.request_id) == ("user:ann", context.request_id)
    assert log.resource.name == "Event"
