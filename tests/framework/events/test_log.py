"""Reading the log while others write to it: on PostgreSQL, where transactions really overlap."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from framework.actions.session import Session
from framework.data.protocols import Commit
from framework.events.entry import Entry, Interest
from framework.events.log import Log
from framework.events.log_position import LogPosition
from framework.sql.engine import open_layer
from framework.testing.until import until
from tests.framework.events.conftest import Note

Logged = tuple[Session, Log]
START = LogPosition()


async def settled(log: Log, count: int, position: LogPosition = START, interest: Interest | None = None) -> list[Entry]:
    """The next events, once so many are settled: others write to the same server, and may hold the horizon back."""
    found: list[Entry] = []

    async def enough() -> bool:
        found[:] = await log.after(position, interest)
        return len(found) >= count

    await until(enough)
    return found


def titles(entries: list[Entry]) -> list[str]:
    return [entry.data["title"] for entry in entries]


async def test_a_reader_never_passes_a_row_that_commits_late(postgres: Logged) -> None:
    session, log = postgres
    async with session.transaction() as slow:
        await slow.create(Note.write, {"title": "slow"})
        await session.create(Note.write, {"title": "quick"})
        assert await log.after(LogPosition()) == []
        assert await log.end() == LogPosition()
    entries = await settled(log, 2)
    assert titles(entries) == ["slow", "quick"]
    assert await log.end() == entries[-1].position


async def test_a_transaction_that_tells_nothing_holds_no_event_back(postgres: Logged) -> None:
    session, log = postgres
    async with session.transaction(Commit.SILENT) as slow:
        await slow.create(Note.whisper, {"title": "nobody is told"})
        await session.create(Note.write, {"title": "quick"})
        (entry,) = await settled(log, 1)
    await session.create(Note.write, {"title": "later"})
    assert titles(await settled(log, 1, entry.position)) == ["later"]


async def test_a_transaction_of_another_database_holds_no_event_back(postgres: Logged, database_url: str) -> None:
    session, log = postgres
    async with open_layer(log.domain, database_url) as elsewhere, elsewhere.engine.begin() as connection:
        await connection.execute(sa.text("CREATE TABLE elsewhere (id int)"))
        await session.create(Note.write, {"title": "quick"})
        assert titles(await settled(log, 1)) == ["quick"]
        await connection.rollback()


async def test_a_transaction_that_said_it_tells_nothing_leaves_no_event(memory: Logged, postgres: Logged) -> None:
    for session, log in (memory, postgres):
        with pytest.raises(RuntimeError, match=r"Commit\.SILENT"):
            async with session.transaction(Commit.SILENT) as inner:
                await inner.create(Note.write, {"title": "told"})
        assert await session.read(Note.browse) == []
        assert await log.after(LogPosition()) == []


async def test_a_later_number_in_an_earlier_transaction_comes_first(postgres: Logged) -> None:
    session, log = postgres
    async with session.transaction() as early:
        await early.create(Note.whisper, {"title": "takes its number"})
        async with session.transaction() as late:
            await late.create(Note.write, {"title": "late"})
        await early.create(Note.write, {"title": "early"})
    entries = await settled(log, 2)
    assert titles(entries) == ["early", "late"]
    assert entries[0].position.seq > entries[1].position.seq
    assert titles(await log.after(entries[0].position)) == ["late"]


async def test_the_log_is_read_page_by_page_without_a_gap(postgres: Logged) -> None:
    session, log = postgres
    await session.create_all(Note.write, [{"title": str(n)} for n in range(7)])
    await settled(log, 7)
    position, found = LogPosition(), []
    while entries := await log.after(position, limit=3):
        found += titles(entries)
        position = entries[-1].position
    assert found == [str(n) for n in range(7)]


async def test_a_reader_gets_only_what_it_wants(postgres: Logged) -> None:
    session, log = postgres
    a, b = await session.create_all(Note.write, [{"title": "a"}, {"title": "b"}])
    await session.update(Note.edit, b.id, {"title": "c"})
    await settled(log, 3)
    of_b = Interest(frozenset({"note.write", "note.edit"}), str(b.id))
    assert titles(await log.after(LogPosition(), of_b)) == ["b", "c"]
    assert titles(await log.after(LogPosition(), Interest(frozenset({"note.write"})))) == ["a", "b"]
    assert a.id != b.id
