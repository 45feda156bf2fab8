"""The feed in bad weather: writers that overlap and roll back, readers that come and go, connections cut."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from random import Random

import pytest
import sqlalchemy as sa

from framework.actions.session import Session
from framework.data.protocols import Commit
from framework.errors import Unavailable
from framework.events.entry import Entry, Interest
from framework.events.feed import Feed
from framework.events.log import Log
from framework.sql.layer import SqlLayer
from framework.testing.until import PATIENCE, until
from tests.framework.events.conftest import Note

Logged = tuple[Session, Log]
WRITES = Interest(frozenset({"note.write"}))
WRITERS, EACH, READERS = 20, 10, 5
LAST = "the last one"


class RolledBack(Exception):
    """Thrown to undo a transaction."""


async def write_some(session: Session, writer: int, committed: set[str]) -> None:
    chance = Random(writer)
    for number in range(EACH):
        title, kept, told = f"{writer}-{number}", chance.random() < 0.7, chance.random() < 0.6
        try:
            # By the same connections, so that a reader could take what tells nothing for what tells.
            async with session.transaction(Commit.SOON if told else Commit.SILENT) as inner:
                await inner.create(Note.write if told else Note.whisper, {"title": title})
                # Others commit meanwhile, so that sequence and commits go different ways.
                await asyncio.sleep(chance.random() * 0.01)
                if not kept:
                    raise RolledBack
        except RolledBack:
            continue
        if told:
            committed.add(title)


async def read_in_pieces(feed: Feed, reader: int, seen: list[Entry]) -> None:
    """Reads up to the last event, each piece from the last cursor on, however the piece before ended."""
    chance = Random(reader)
    while not seen or seen[-1].data["title"] != LAST:
        piece = chance.randint(1, 40)
        async with aclosing(feed.subscribe(WRITES, seen[-1].cursor if seen else "0.0")) as entries:
            try:
                async for entry in entries:
                    seen.append(entry)
                    piece -= 1
                    if piece == 0 or entry.data["title"] == LAST:
                        break
            except Unavailable:
                continue  # It fell behind, and goes on from its cursor.


async def test_every_reader_sees_each_committed_event_once_and_in_the_same_order(postgres: Logged) -> None:
    session, log = postgres
    feed = Feed(log, poll_seconds=0.05, capacity=30)
    committed: set[str] = set()
    seen: list[list[Entry]] = [[] for _ in range(READERS)]
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as readers:
        for number in range(READERS):
            readers.create_task(read_in_pieces(feed, number, seen[number]))
        async with asyncio.TaskGroup() as writers:
            for number in range(WRITERS):
                writers.create_task(write_some(session, number, committed))
        await session.create(Note.write, {"title": LAST})
    await feed.close()
    orders = [[entry.data["title"] for entry in entries] for entries in seen]
    assert sorted(orders[0]) == sorted([*committed, LAST])
    assert all(order == orders[0] for order in orders)
    assert feed.listeners == 0


async def cut_connections(layer: SqlLayer) -> None:
    others = sa.text(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    async with layer.engine.connect() as connection:
        await connection.execute(others)


async def test_a_cut_connection_is_nothing_that_a_subscriber_notices(postgres: Logged) -> None:
    session, log = postgres
    assert isinstance(log.layer, SqlLayer)
    feed = Feed(log, poll_seconds=0.05)
    async with aclosing(feed.subscribe(WRITES, "0.0")) as entries:
        for number in range(4):
            coming = asyncio.ensure_future(anext(entries))
            await until(lambda: feed.listeners == 1)
            await cut_connections(log.layer)
            await session.create(Note.write, {"title": str(number)})
            assert (await asyncio.wait_for(coming, PATIENCE)).data["title"] == str(number)
    await feed.close()


async def test_a_transaction_whose_connection_is_cut_leaves_nothing_and_the_next_one_works(postgres: Logged) -> None:
    session, log = postgres
    assert isinstance(log.layer, SqlLayer)
    with pytest.raises(Unavailable) as caught:
        await cut_in_the_middle(session, log.layer)
    assert caught.value.issues[0].code == "database_unavailable"
    await session.create(Note.write, {"title": "kept"})
    assert [note.title for note in await session.read(Note.browse)] == ["kept"]


async def cut_in_the_middle(session: Session, layer: SqlLayer) -> None:
    async with session.transaction() as inner:
        await inner.create(Note.write, {"title": "lost"})
        await cut_connections(layer)
        await inner.create(Note.write, {"title": "never"})
