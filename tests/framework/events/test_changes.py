"""Whose changes are told: those of records that the read of the resource finds, and nothing of the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from uuid import UUID

import pytest

from framework.actions.engine import Engine
from framework.actions.permission.todays_actors import TodaysActors
from framework.actions.query import Query
from framework.actions.request import Request
from framework.actions.session import Session
from framework.compiler.domain import Domain, compile_domain
from framework.context import Actor, Context
from framework.data.memory import MemoryLayer
from framework.declare.actions import Create, Destroy, Read, Update
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.policies import allow
from framework.declare.resource import Resource
from framework.errors import Invalid, NotFound, Unauthenticated
from framework.events import reading
from framework.events.changes import Change, ChangesOf, open_changes
from framework.events.doorbell import LocalDoorbell
from framework.events.extension import EVENTS
from framework.events.feed import Feed
from framework.events.log import Log
from framework.events.log_position import LogPosition
from framework.events.notifier import EventNotifier
from framework.expr.build import actor
from framework.expr.nodes import Among, Ref
from framework.spec.domain import DomainSpec
from framework.testing.until import PATIENCE, until
from tests.framework.events.conftest import Note

START = str(LogPosition())


class Page(Resource):
    """A page of a diary; only what was published is read by others."""

    id: Attr[UUID] = primary_key()
    text: Attr[str] = attribute()
    published: Attr[bool] = attribute(default=False)

    browse = Read(where=published)
    write = Create(accept=[text, published])
    edit = Update(accept=[text, published])
    burn = Destroy()


class Sheet(Resource):
    """A sheet of paper, which everybody reads."""

    id: Attr[UUID] = primary_key()
    text: Attr[str] = attribute()

    browse = Read()
    write = Create(accept=[text])
    burn = Destroy()


class Diary(Resource):
    """A diary, under a name that may be given again; its owner reads it."""

    name: Attr[str] = attribute(primary_key=True)
    owner: Attr[str] = attribute()

    browse = Read()
    begin = Create(accept=[name, owner])
    burn = Destroy()

    policies = [allow(browse).when(owner == actor("id")), allow(begin, burn)]


class Letter(Resource):
    """A letter; whom it is to reads it, and the system every one."""

    id: Attr[UUID] = primary_key()
    text: Attr[str] = attribute()
    to: Attr[str] = attribute(default="ann")

    browse = Read()
    write = Create(accept=[text, to])

    policies = [allow(browse).when(to == actor("id")), allow(write)]


@pytest.fixture
async def session() -> AsyncIterator[Session]:
    domain = compile_domain(Domain("diary", [Page, Sheet], [EVENTS]))
    log = Log(domain, MemoryLayer(domain), LocalDoorbell())
    feed = Feed(log)
    yield Engine(domain, log.layer, EventNotifier(log), {Feed: feed}).session()
    await feed.close()


async def told(session: Session, wanted: ChangesOf) -> list[tuple[str, str]]:
    """What happened to which record, up to a record that everybody finds and that is written now."""
    write = wanted.resource.actions["write"]
    values = {"text": "the last", "published": True}
    (last,) = await session.perform(write, [Request({name: values[name] for name in write.accept})])
    found: list[Change] = []
    async with aclosing((await open_changes(session, session.services[Feed], wanted, START)).items) as changes:
        async for change in changes:
            if change.entry.target_id == str(last["id"]):
                break
            found.append(change)
    return [(change.action.name, change.entry.target_id) for change in found]


def of(session: Session, record: type[Resource]) -> ChangesOf:
    spec = session.domain.of(record)
    return ChangesOf(spec, Query().selecting(spec.key.name))


async def test_nothing_is_told_of_a_record_that_its_read_hides(session: Session) -> None:
    hidden = await session.create(Page.write, {"text": "a secret"})
    shown = await session.create(Page.write, {"text": "hello", "published": True})
    await session.update(Page.edit, hidden["id"], {"text": "another secret"})
    assert await told(session, of(session, Page)) == [("write", str(shown["id"]))]


async def test_a_record_that_is_shown_by_now_is_told_from_its_beginning(session: Session) -> None:
    page = await session.create(Page.write, {"text": "a draft"})
    await session.update(Page.edit, page["id"], {"published": True})
    assert [action for action, _ in await told(session, of(session, Page))] == ["write", "edit"]


async def test_of_a_record_that_may_have_been_hidden_only_its_end_is_told(session: Session) -> None:
    page = await session.create(Page.write, {"text": "a secret"})
    await session.destroy(Page.burn, page["id"])
    assert await told(session, of(session, Page)) == [("burn", str(page["id"]))]


async def test_of_a_record_that_could_not_be_hidden_everything_is_told_when_it_is_no_more(session: Session) -> None:
    sheet = await session.create(Sheet.write, {"text": "hello"})
    await session.destroy(Sheet.burn, sheet["id"])
    assert [action for action, _ in await told(session, of(session, Sheet))] == ["write", "burn"]


async def test_what_a_client_filters_by_is_a_condition_as_well(session: Session) -> None:
    one = await session.create(Sheet.write, {"text": "one"})
    await session.create(Sheet.write, {"text": "two"})
    either = Among(Ref("text"), ("one", "the last"))
    assert await told(session, ChangesOf(session.domain.of(Sheet), Query(either))) == [("write", str(one["id"]))]


async def test_a_stream_that_cannot_begin_is_refused_before_anything_of_it_is_told(session: Session) -> None:
    hidden = await session.create(Page.write, {"text": "a secret"})
    feed: Feed = session.services[Feed]
    spec = session.domain.of(Page)
    with pytest.raises(NotFound):
        await open_changes(session, feed, ChangesOf(spec, Query(), hidden["id"]))
    with pytest.raises(Invalid):
        await open_changes(session, feed, ChangesOf(spec, Query()), "nonsense")
    assert feed.listeners == 0


async def test_what_the_system_may_see_is_not_shared_with_whom_it_acts_for() -> None:
    domain = compile_domain(Domain("post", [Letter], [EVENTS], policies=[allow()]))
    log = Log(domain, MemoryLayer(domain), LocalDoorbell())
    feed = Feed(log)
    engine = Engine(domain, log.layer, EventNotifier(log), {Feed: feed})
    ann = engine.session(Context(Actor("user", "ann")))
    both = [ann.as_system("the test sees all"), ann]
    wanted = ChangesOf(domain.of(Letter), Query().selecting("text"))
    seen = [list[str](), list[str]()]

    async def follow(session: Session, texts: list[str]) -> None:
        async with aclosing((await open_changes(session, feed, wanted, START)).items) as changes:
            async for change in changes:
                texts.append(change.record["text"])  # noqa: PERF401 - looked at meanwhile

    following = [asyncio.create_task(follow(session, texts)) for session, texts in zip(both, seen, strict=True)]
    await until(lambda: feed.listeners == 2)
    letters = [{"text": "for bob", "to": "bob"}, {"text": "for ann", "to": "ann"}]
    await engine.system("the test writes").create_all(Letter.write, letters)
    await until(lambda: all("for ann" in texts for texts in seen))
    for task in following:
        task.cancel()
    await asyncio.gather(*following, return_exceptions=True)
    assert seen == [["for bob", "for ann"], ["for ann"]]
    await feed.close()


@pytest.mark.parametrize("today", [None, Actor("user", "ann", {"role": "reader"})])
async def test_a_stream_ends_once_whoever_listens_is_another_than_they_were(
    domain: DomainSpec, today: Actor | None
) -> None:
    async def ask(_: Context) -> Actor | None:
        return today

    layer = MemoryLayer(domain)
    log = Log(domain, layer, LocalDoorbell())
    engine = Engine(domain, layer, EventNotifier(log), {Log: log, TodaysActors: TodaysActors(ask)})
    session, feed = engine.session(Context(Actor("user", "ann", {"role": "editor"}))), Feed(log)
    stream = await open_changes(session, feed, ChangesOf(domain.of(Note), Query()))
    await session.create(Note.write, {"title": "told to nobody"})
    with pytest.raises(Unauthenticated):
        await asyncio.wait_for(anext(stream.items), PATIENCE)
    await feed.close()


async def test_a_stream_ends_though_there_is_nothing_to_tell(
    domain: DomainSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask(_: Context) -> Actor | None:
        return None

    monkeypatch.setattr(reading, "LOOK_SECONDS", 0.05)
    layer = MemoryLayer(domain)
    log = Log(domain, layer, LocalDoorbell())
    engine = Engine(domain, layer, EventNotifier(log), {Log: log, TodaysActors: TodaysActors(ask)})
    session, feed = engine.session(Context(Actor("user", "ann"))), Feed(log)
    stream = await open_changes(session, feed, ChangesOf(domain.of(Note), Query()))
    with pytest.raises(Unauthenticated):
        await asyncio.wait_for(anext(stream.items), PATIENCE)
    assert feed.listeners == 0
    await feed.close()


async def test_the_end_of_a_hidden_record_is_not_told_of_another_one_with_its_key() -> None:
    domain = compile_domain(Domain("diaries", [Diary], [EVENTS], policies=[allow().when(actor("role") == "nobody")]))
    log = Log(domain, MemoryLayer(domain), LocalDoorbell())
    feed = Feed(log)
    engine = Engine(domain, log.layer, EventNotifier(log), {Feed: feed})
    ann, system = engine.session(Context(Actor("user", "ann"))), engine.system("the test prepares")
    spec = domain.of(Diary)

    async def kept_by(owner: str) -> None:
        await system.create(Diary.begin, {"name": "1926", "owner": owner})

    await kept_by("bob")
    stream = await open_changes(ann, feed, ChangesOf(spec, Query().selecting("name")))
    await system.destroy(Diary.burn, "1926")
    await kept_by("ann")
    async with aclosing(stream.items) as told, asyncio.timeout(30):
        first = await anext(told)
        await system.destroy(Diary.burn, "1926")
        await kept_by("bob")
        await system.destroy(Diary.burn, "1926")
        await system.create(Diary.begin, {"name": "1927", "owner": "ann"})
        found = [first, await anext(told), await anext(told)]
    ended = [(change.action.name, change.entry.target_id) for change in found]
    assert ended == [("begin", "1926"), ("burn", "1926"), ("begin", "1927")]
    await feed.close()
