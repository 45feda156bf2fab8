"""An event says who did it, from where and by what; and of a change, what was before."""

from __future__ import annotations

from typing import Any

from framework.actions.engine import Engine
from framework.actions.pipeline import plan
from framework.actions.request import Request
from framework.compiler.domain import compile_domain
from framework.data.selection import Selection
from framework.events.event import Event
from framework.events.log import NEWEST
from tests.framework.audit.conftest import ANN, by
from tests.framework.audit.journal import JOURNAL, Line, Note

WRITTEN = {"title": "Tea", "pin": "1234", "price": 3}


async def latest(engine: Engine, many: int = 1) -> list[Any]:
    spec = engine.domain.of(Event)
    async with engine.system("a test looks beneath").snapshot_read() as reader:
        return await reader.read(Selection(spec, tuple(spec.attributes), sort=NEWEST, limit=many))


async def test_a_change_is_told_with_what_was_before(engine: Engine) -> None:
    note = await by(engine, ANN).create(Note.write, WRITTEN)
    await by(engine, ANN).update(Note.retitle, note.id, {"title": "Coffee"})
    change, made = await latest(engine, 2)
    assert (made["before"], change["before"], change["data"]) == (None, {"title": "Tea"}, {"title": "Coffee"})


async def test_who_did_it_is_told_with_the_address_and_the_name_of_the_key(engine: Engine) -> None:
    await by(engine, ANN).create(Note.write, WRITTEN)
    (made,) = await latest(engine)
    assert (made["actor"], made["address"], made["credential"]) == ("user:ann", "192.0.2.7", "key dspex_abc")


async def test_the_end_of_a_record_is_told_with_all_that_nothing_is_hidden_of(engine: Engine) -> None:
    note = await by(engine, ANN).create(Note.write, WRITTEN)
    await by(engine, ANN).destroy(Note.remove, note.id)
    (end,) = await latest(engine)
    assert end["data"] == {}
    assert end["before"] == {"id": str(note.id), "title": "Tea", "stars": 0, "owner": "ann"}


async def test_what_is_sensitive_or_private_or_hidden_from_some_is_in_no_event(engine: Engine) -> None:
    note = await by(engine, ANN).create(Note.write, WRITTEN)
    await by(engine, ANN).update(Note.retitle, note.id, {"pin": "4321", "price": 5})
    await by(engine, ANN).update(Note.keep, note.id, {"secret": "s"})
    assert [(each["data"], each["before"]) for each in await latest(engine, 2)] == [({}, {})] * 2


async def test_of_what_goes_with_a_record_no_more_than_the_key_is_told(engine: Engine) -> None:
    note = await by(engine, ANN).create(Note.write, WRITTEN)
    line = await by(engine, ANN).create(Line.add, {"text": "black", "note_id": note.id})
    await by(engine, ANN).destroy(Note.remove, note.id)
    told = {each["target_id"]: each["before"] for each in await latest(engine, 2)}
    assert told[str(line.id)] is None


async def test_several_changes_at_once_tell_what_each_was(engine: Engine) -> None:
    notes = await by(engine, ANN).create_all(Note.write, [{"title": title} for title in "ab"])
    asked = [Request({"title": "c"}, note.id) for note in notes]
    await by(engine, ANN).perform(engine.domain.action("Note", "retitle"), asked)
    told = {each["target_id"]: each["before"] for each in await latest(engine, 2)}
    assert told == {str(note.id): {"title": note.title} for note in notes}


def test_only_what_leaves_an_event_that_tells_of_before_reads_the_record_first() -> None:
    domain = compile_domain(JOURNAL)
    said = {name: plan(action) for name, action in domain.resources["Note"].actions.items() if action.writes}
    assert {name for name, text in said.items() if "its event says what they were" in text} == {"retitle", "keep"}
