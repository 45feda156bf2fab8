"""Cursors of another database, and those from before what is kept, are refused: silence would be taken for peace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
import sqlalchemy as sa

from framework.actions.session import Session
from framework.errors import NotFound
from framework.events.entry import Interest
from framework.events.feed import PAGE, Feed
from framework.events.log import Log
from framework.events.log_epoch import LogEpoch, begin_anew, note_removed
from framework.events.log_position import LARGEST, LogPosition
from framework.events.progress import ProgressOf, open_progress
from framework.sql.layer import SqlLayer
from framework.testing.settled import until_settled
from framework.testing.until import PATIENCE, until
from tests.framework.events.conftest import Note

Logged = tuple[Session, Log]
WRITES = Interest(frozenset({"note.write"}))
# What a dump from another server has on record.
ELSEWHERE = sa.text("UPDATE log_epochs SET database = 'elsewhere'")


@pytest.fixture
async def feed(postgres: Logged) -> AsyncIterator[Feed]:
    found = Feed(postgres[1], poll_seconds=0.05)
    yield found
    await found.close()


async def restored(log: Log) -> None:
    assert isinstance(log.layer, SqlLayer)
    async with log.layer.engine.begin() as connection:
        await connection.execute(ELSEWHERE)


async def removed(log: Log, position: LogPosition) -> None:
    async with log.layer.transaction() as tx:
        await note_removed(tx, log.domain.of(LogEpoch), position)


async def refused(feed: Feed, after: str) -> str:
    """What a cursor is refused with."""
    with pytest.raises(NotFound) as caught:
        await feed.reached(after)
    (issue,) = caught.value.issues
    assert issue.code == "cursor_expired"
    assert issue.hint is not None
    return issue.message


async def test_a_restored_database_refuses_old_cursors_and_gives_new_ones(postgres: Logged, feed: Feed) -> None:
    session, log = postgres
    await session.create(Note.write, {"title": "before"})
    await until_settled(log)
    old = await feed.end()
    await restored(log)
    assert "restored" in await refused(feed, old)
    new = await feed.end()
    assert str(await feed.reached(new)) == new != old
    assert "restored" in await refused(feed, "1.1")


async def test_whoever_begins_an_epoch_all_have_the_same(postgres: Logged) -> None:
    log = postgres[1]
    assert len({(await each).name for each in [asyncio.ensure_future(log.epoch()) for _ in range(5)]}) == 1


async def test_a_cursor_before_what_is_kept_is_refused_and_the_beginning_is_not(postgres: Logged, feed: Feed) -> None:
    session, log = postgres
    await session.create_all(Note.write, [{"title": str(n)} for n in range(3)])
    await until_settled(log)
    first, second, third = await log.after(await feed.reached("0.0"))
    await removed(log, second.position)
    assert "kept no longer" in await refused(feed, first.cursor)
    assert await feed.reached(second.cursor) == second.position
    async with aclosing(feed.subscribe(WRITES, "0.0")) as entries:
        assert (await anext(entries)).position == third.position


async def test_who_is_overtaken_while_catching_up_is_told(postgres: Logged, feed: Feed) -> None:
    session, log = postgres
    await session.create_all(Note.write, [{"title": "x"} for _ in range(PAGE + 1)])
    await until_settled(log)
    async with aclosing(feed.subscribe(WRITES, "0.0")) as entries:
        await anext(entries)
        await removed(log, await log.end())
        with pytest.raises(NotFound, match="kept no longer"):
            _ = [entry async for entry in entries]


async def test_a_live_stream_ends_when_the_database_has_silently_become_another_one(
    postgres: Logged, feed: Feed
) -> None:
    session, log = postgres
    async with aclosing(feed.subscribe(WRITES, "0.0")) as entries:
        following = asyncio.ensure_future(anext(entries))
        await until(lambda: feed.listeners == 1)
        await session.create(Note.write, {"title": "before"})
        await asyncio.wait_for(following, PATIENCE)
        # Nothing fails meanwhile: connections that were lost are replaced before they are used.
        await restored(log)
        with pytest.raises(NotFound, match="restored"):
            await asyncio.wait_for(anext(entries), PATIENCE)


async def test_a_live_stream_that_stood_still_is_told_what_was_removed_meanwhile(postgres: Logged, feed: Feed) -> None:
    session, log = postgres
    await session.create(Note.write, {"title": "told"})
    async with aclosing(feed.subscribe(WRITES, "0.0")) as entries:
        await asyncio.wait_for(anext(entries), PATIENCE)
        await removed(log, LogPosition(LARGEST - 1, 1))
        with pytest.raises(NotFound, match="kept no longer"):
            await asyncio.wait_for(anext(entries), PATIENCE)


async def test_an_epoch_that_is_ended_by_hand_tells_all_that_is_kept_and_is_no_more_whole_than_it_was(
    postgres: Logged, feed: Feed
) -> None:
    session, log = postgres
    await session.create(Note.write, {"title": "kept"})
    await until_settled(log)
    whole, old = await feed.is_whole(), await feed.end()
    await removed(log, LogPosition(1, 1))
    for _ in range(2):
        async with log.layer.transaction() as tx:
            await begin_anew(tx, log.domain.of(LogEpoch))
    assert "restored" in await refused(feed, old)
    assert await feed.reached("0.0") == LogPosition()
    assert [whole, await feed.is_whole()] == [True, False]


async def test_progress_whose_events_are_gone_is_over(postgres: Logged, feed: Feed) -> None:
    session, log = postgres
    await session.create(Note.write, {"title": "later"})
    await until_settled(log)
    types = frozenset({"note.copy.queued", "note.copy.progress", "note.copy.ended"})
    copy = ProgressOf(session.domain.resources["Note"], "1", types)
    waiting = await open_progress(session, feed, copy)
    assert waiting is not None
    await waiting.items.aclose()
    await removed(log, LogPosition(1, 1))
    assert await open_progress(session, feed, copy) is None
