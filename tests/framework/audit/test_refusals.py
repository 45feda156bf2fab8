"""What somebody asks for and may not have is on record, though nothing else of it is."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from framework.actions.engine import Engine
from framework.actions.query import Query
from framework.actions.request import Request
from framework.audit.refusal import Refusal
from framework.data.selection import Ordering, Selection
from framework.errors import Forbidden, Invalid, NotFound
from framework.expr.nodes import Ref
from tests.framework.audit.conftest import ANN, BOB, LEAD, by
from tests.framework.audit.journal import Line, Note


async def kept(engine: Engine) -> list[tuple[Any, ...]]:
    spec = engine.domain.of(Refusal)
    async with engine.system("a test looks beneath").snapshot_read() as reader:
        rows = await reader.read(Selection(spec, tuple(spec.attributes), sort=(Ordering(Ref("seq")),)))
    return [(row["action"], row["target_id"], row["code"], row["actor"]) for row in rows]


async def test_who_is_forbidden_something_is_on_record_with_it(engine: Engine) -> None:
    note = await by(engine, ANN).create(Note.write, {"title": "Tea"})
    with pytest.raises(Forbidden):
        await by(engine, LEAD).update(Note.retitle, note.id, {"title": "Mine"})
    assert await kept(engine) == [("note.retitle", str(note.id), "forbidden", "user:eve")]
    assert (await by(engine, ANN).get(Note, note.id)).title == "Tea"


async def test_what_is_hidden_and_what_is_not_there_are_kept_alike(engine: Engine) -> None:
    note, nothing = await by(engine, ANN).create(Note.write, {"title": "Tea"}), uuid4()
    for id in (note.id, nothing):  # noqa: A001
        with pytest.raises(NotFound):
            await by(engine, BOB).destroy(Note.remove, id)
    assert await kept(engine) == [("note.remove", str(id), "not_found", "user:bob") for id in (note.id, nothing)]  # noqa: A001


async def test_from_whom_nothing_is_hidden_what_is_not_there_is_no_refusal(engine: Engine) -> None:
    with pytest.raises(NotFound):
        await by(engine, BOB).destroy(Line.drop, uuid4())
    assert await kept(engine) == []


async def test_of_many_calls_those_are_kept_that_were_refused(engine: Engine) -> None:
    mine, theirs = [await by(engine, who).create(Note.write, {"title": "Tea"}) for who in (BOB, ANN)]
    retitle = engine.domain.action("Note", "retitle")
    asked = [Request({"title": "X"}, note.id) for note in (mine, theirs)]
    with pytest.raises(NotFound):
        await by(engine, BOB).perform(retitle, asked)
    assert [target for _, target, _, _ in await kept(engine)] == [str(theirs.id)]


async def test_bad_input_and_what_the_system_does_are_no_refusals(engine: Engine) -> None:
    with pytest.raises(Invalid):
        await by(engine, ANN).create(Note.write, {"title": "x" * 81})
    with pytest.raises(NotFound):
        await engine.system("a test").destroy(Note.remove, uuid4())
    assert await kept(engine) == []


@pytest.mark.parametrize("named", ["\0", "x" * 100_000, 7, [1]])
async def test_what_is_no_key_is_not_kept_and_the_answer_is_the_same(engine: Engine, named: Any) -> None:
    with pytest.raises(Forbidden):
        await by(engine, ANN).perform(engine.domain.action("Note", "burn"), [Request({}, named)])
    assert await kept(engine) == [("note.burn", None, "forbidden", "user:ann")]


async def test_who_may_not_count_is_on_record(engine: Engine) -> None:
    with pytest.raises(Forbidden):
        await by(engine, ANN).total(engine.domain.action("Sealed", "browse"), Query())
    assert await kept(engine) == [("sealed.browse", None, "forbidden", "user:ann")]


async def test_no_action_changes_the_trail(engine: Engine) -> None:
    writes = [
        a.name for name in ("Event", "Refusal") for a in engine.domain.resources[name].actions.values() if a.writes
    ]
    assert writes == []
