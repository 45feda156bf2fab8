"""The feed: every event once and in order, whenever a subscriber comes, goes and comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

import pytest

from framework.actions.session import Session
from framework.errors import Invalid, Unavailable
from framework.events.doorbell import LocalDoorbell
from framework.events.entry import Entry, Interest
from framework.events.feed import Feed
from framework.events.log import Log
from framework.events.log_position import LogPosition
from framework.spec.domain import DomainSpec
from framework.sql.engine import open_layer
from framework.sql.layer import SqlLayer
from framework.sql.timeouts import Timeouts
from framework.testing.logged import logged
from framework.testing.until import PATIENCE, until
from tests.framework.events.conftest import Note

Logged = tuple[Session, Log]
WRITES = Interest(frozenset({"note.write"}))
# Each event that is given takes 10 ms: a function that is dear and not volatile is worked out after the limit.
EACH_TAKES_A_WHILE = (
    (
        "CREATE FUNCTION slowly(given jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE COST 1000000"
        " AS 'BEGIN PERFORM pg_sleep(0.01); RETURN given; END'"
    ),
    "ALTER TABLE events RENAME TO stored_events",
    (
        "DO $$ BEGIN EXECUTE (SELECT 'CREATE VIEW events AS SELECT ' || string_agg("
        "CASE column_name WHEN 'data' THEN 'slowly(data) AS data' ELSE quote_ident(column_name) END, ', ')"
        " || ' FROM stored_events' FROM information_schema.columns WHERE table_name = 'stored_events'); END $$"
    ),
)


@dataclass(frozen=True, slots=True)
class NotingLog(Log):
    """A log that notes what is read of it after a position: what one subscriber wants, or None for all."""

    asked: list[Interest | None] = field(default_factory=list)

    async def following(self, position: LogPosition, interest: Interest | None = None, limit: int = 500) -> list[Entry]:
        self.asked.append(interest)
        return await Log.following(self, position, interest, limit)


async def take(entries: AsyncGenerator[Entry, None], count: int) -> list[Entry]:
    return [await asyncio.wait_for(anext(entries), PATIENCE) for _ in range(count)]


async def _drain(entries: AsyncGenerator[Entry, None], seen: list[Entry]) -> None:
    while True:
        seen += await take(entries, 1)


async def _begun(feed: Feed) -> bool:
    return not (await feed.end()).endswith(".0.0")


def titles(entries: list[Entry]) -> list[str]:
    return [entry.data["title"] for entry in entries]


async def write(session: Session, *names: str) -> None:
    for name in names:
        await session.create(Note.write, {"title": name})


@pytest.fixture(params=["memory", "postgres"])
def either(request: pytest.FixtureRequest) -> Logged:
    logged: Logged = request.getfixturevalue(request.param)
    return logged


@pytest.fixture
async def feeding(either: Logged) -> AsyncGenerator[tuple[Session, Feed], None]:
    session, log = either
    feed = Feed(log, poll_seconds=0.05)
    yield session, feed
    await feed.close()


async def test_a_subscriber_gets_what_happens_from_now_on(feeding: tuple[Session, Feed]) -> None:
    session, feed = feeding
    await write(session, "before")
    # Now begins behind it only once it is settled: others write to the same server, and may hold the horizon back.
    await until(lambda: _begun(feed))
    async with aclosing(feed.subscribe(WRITES)) as entries:
        first = asyncio.ensure_future(take(entries, 2))
        await until(lambda: feed.listeners == 1)
        await write(session, "one", "two")
        assert titles(await first) == ["one", "two"]


async def test_one_that_listens_from_now_on_does_not_look_back(memory: Logged) -> None:
    session, log = memory
    noting = NotingLog(log.domain, log.layer, log.doorbell)
    feed = Feed(noting, poll_seconds=0.05)
    await write(session, "before")
    async with aclosing(feed.subscribe(WRITES)) as first, aclosing(feed.subscribe(WRITES)) as second:
        waiting = [asyncio.ensure_future(take(each, 1)) for each in (first, second)]
        await until(lambda: feed.listeners == 2)
        await write(session, "after")
        assert [titles(await each) for each in waiting] == [["after"], ["after"]]
    assert set(noting.asked) == {None}
    await feed.close()


async def test_what_waits_for_another_writer_is_told_soon_after_that_has_ended(postgres: Logged) -> None:
    session, log = postgres
    noting = NotingLog(log.domain, log.layer, log.doorbell)
    # Nothing is polled for.
    feed = Feed(noting, poll_seconds=2 * PATIENCE)
    async with aclosing(feed.subscribe(WRITES)) as entries:
        told = asyncio.ensure_future(take(entries, 1))
        await until(lambda: feed.listeners == 1)
        async with session.transaction() as earlier:
            await earlier.create(Note.whisper, {"title": "hush"})
            looked = len(noting.asked)
            await write(session, "held")
            await until(lambda: len(noting.asked) > looked)
        assert titles(await told) == ["held"]
    await feed.close()


async def test_one_that_comes_back_gets_each_later_event_once(feeding: tuple[Session, Feed]) -> None:
    session, feed = feeding
    await write(session, "one", "two", "three")
    async with aclosing(feed.subscribe(WRITES, "0.0")) as entries:
        seen = await take(entries, 2)
    async with aclosing(feed.subscribe(WRITES, seen[-1].cursor)) as entries:
        third = await take(entries, 1)
        await write(session, "four")
        assert titles([*seen, *third, *await take(entries, 1)]) == ["one", "two", "three", "four"]


async def test_events_that_come_while_looking_back_are_neither_lost_nor_doubled(
    feeding: tuple[Session, Feed],
) -> None:
    session, feed = feeding
    await write(session, *map(str, range(10)))
    writing = asyncio.ensure_future(write(session, *map(str, range(10, 60))))
    async with aclosing(feed.subscribe(WRITES, "0.0")) as entries:
        assert titles(await take(entries, 60)) == [str(n) for n in range(60)]
    await writing


async def test_many_subscribers_share_one_reader_and_each_gets_its_own(feeding: tuple[Session, Feed]) -> None:
    session, feed = feeding
    a, b = await session.create_all(Note.write, [{"title": "a"}, {"title": "b"}])
    edits = [Interest(frozenset({"note.edit"}), str(note.id)) for note in (a, b)]
    async with aclosing(feed.subscribe(edits[0])) as of_a, aclosing(feed.subscribe(edits[1])) as of_b:
        both = asyncio.ensure_future(take(of_a, 1)), asyncio.ensure_future(take(of_b, 1))
        await until(lambda: feed.listeners == 2)
        await session.update(Note.edit, b.id, {"title": "b2"})
        await session.update(Note.edit, a.id, {"title": "a2"})
        assert [titles(await one) for one in both] == [["a2"], ["b2"]]


async def test_a_subscriber_that_falls_behind_is_told_where_to_resume(memory: Logged) -> None:
    session, log = memory
    feed = Feed(log, poll_seconds=0.05, capacity=3)
    await write(session, "first")
    async with aclosing(feed.subscribe(WRITES, "0.0")) as entries:
        (first,) = await take(entries, 1)
        waiting = asyncio.ensure_future(take(entries, 1))
        await write(session, "second")
        await waiting
        await session.create_all(Note.write, [{"title": str(n)} for n in range(10)])
        await until(lambda: any(subscriber.behind for subscriber in feed._subscribers))
        seen: list[Entry] = []
        with pytest.raises(Unavailable) as caught:
            await _drain(entries, seen)
    (issue,) = caught.value.issues
    assert (issue.code, issue.params["cursor"]) == ("subscriber_behind", seen[-1].cursor)
    assert feed.fell_behind == 1
    async with aclosing(feed.subscribe(WRITES, seen[-1].cursor)) as entries:
        rest = await take(entries, 10 - len(seen))
    assert titles([*seen, *rest]) == [str(n) for n in range(10)]
    assert first.data["title"] == "first"
    await feed.close()


async def test_a_bad_cursor_is_refused(memory: Logged) -> None:
    _, log = memory
    with pytest.raises(Invalid):
        await take(Feed(log).subscribe(WRITES, "garbage"), 1)


async def test_the_reader_rests_when_nobody_listens(memory: Logged) -> None:
    session, log = memory
    feed = Feed(log, poll_seconds=0.02)
    async with aclosing(feed.subscribe(WRITES, "0.0")) as entries:
        await write(session, "a")
        await take(entries, 1)
    reader = feed._reader
    assert reader is not None
    await asyncio.wait_for(reader, PATIENCE)


async def test_the_feed_knows_how_far_it_has_read(memory: Logged) -> None:
    session, log = memory
    feed = Feed(log, poll_seconds=0.02)
    async with aclosing(feed.subscribe(WRITES, "0.0")) as entries:
        following = asyncio.ensure_future(anext(entries))
        await until(lambda: feed.position is not None)
        await write(session, "a")
        told = await asyncio.wait_for(following, PATIENCE)
        await until(lambda: feed.position == told.position)
    await feed.close()


async def test_a_page_that_takes_too_long_is_told_and_asked_for_again_with_less_on_it(
    postgres: Logged, domain: DomainSpec, fresh_database_url: str
) -> None:
    """Otherwise a page of large events, or a slow disk, would have it ask for the same page for ever."""
    session, source = postgres
    await write(session, *map(str, range(60)))
    assert isinstance(source.layer, SqlLayer)
    async with source.layer.engine.begin() as connection:
        for statement in EACH_TAKES_A_WHILE:
            await connection.exec_driver_sql(statement)
    async with open_layer(domain, fresh_database_url, timeouts=Timeouts(statement=0.5)) as hasty:
        feed = Feed(Log(domain, hasty, LocalDoorbell()), poll_seconds=0.02)
        with logged() as lines:
            async with aclosing(feed.subscribe(WRITES, "0.0")) as entries:
                assert titles(await take(entries, 60)) == [str(n) for n in range(60)]
        await feed.close()
        waiting = [line for line in lines if line["event"] == "feed.waiting"]
        told = [(line["error"], line["page"]) for line in waiting]
        assert told[:2] == [("statement_timeout", 500), ("statement_timeout", 100)]
        assert hasty.reading.unanswered["statement_timeout"] == len(waiting)
