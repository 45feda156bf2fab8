"""The history of a record is told to whoever may read it, the latest first, a page at a time."""

from __future__ import annotations

import pytest

from framework.actions.engine import Engine
from framework.audit.history import HistoryOf, history_of
from framework.errors import Invalid, NotFound
from tests.framework.audit.conftest import ANN, BOB, LEAD, by
from tests.framework.audit.journal import Note


async def test_what_was_done_is_told_with_who_did_it(engine: Engine) -> None:
    note = await by(engine, ANN).create(Note.write, {"title": "Tea"})
    await by(engine, ANN).update(Note.retitle, note.id, {"title": "Coffee"})
    wanted = HistoryOf(engine.domain.resources["Note"], str(note.id))
    for who in (ANN, LEAD):
        found = (await history_of(by(engine, who), wanted)).told()
        told = [(each["action"], each["actor"], each["data"].get("title"), each["before"]) for each in found]
        assert told == [("retitle", "user:ann", "Coffee", {"title": "Tea"}), ("write", "user:ann", "Tea", None)]


async def test_it_is_told_a_page_at_a_time(engine: Engine) -> None:
    note = await by(engine, ANN).create(Note.write, {"title": "0"})
    for number in range(1, 6):
        await by(engine, ANN).update(Note.retitle, note.id, {"title": str(number)})
    titles, after, spec = list[str](), None, engine.domain.resources["Note"]
    while True:
        page = await history_of(by(engine, ANN), HistoryOf(spec, note.id, 4, after))
        titles += [each["data"]["title"] for each in page.told()]
        if page.next is None:
            break
        after = page.next
    assert titles == ["5", "4", "3", "2", "1", "0"]


async def test_whoever_may_not_read_the_record_is_told_what_is_told_of_none(engine: Engine) -> None:
    note = await by(engine, ANN).create(Note.write, {"title": "Tea"})
    with pytest.raises(NotFound, match=str(note.id)):
        await history_of(by(engine, BOB), HistoryOf(engine.domain.resources["Note"], note.id))


@pytest.mark.parametrize(("limit", "after"), [(0, None), (501, None), (1, "nonsense")])
async def test_a_page_that_is_none_is_refused(engine: Engine, limit: int, after: str | None) -> None:
    note = await by(engine, ANN).create(Note.write, {"title": "Tea"})
    with pytest.raises(Invalid):
        await history_of(by(engine, ANN), HistoryOf(engine.domain.resources["Note"], note.id, limit, after))
