"""Jobs of one queue come by turns of what they are fair by."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from framework.actions.engine import Engine
from framework.actions.query import Query
from framework.actions.session import Session
from framework.compiler.domain import Domain, compile_domain
from framework.data.memory import MemoryLayer
from framework.declare.actions import Create, Job, Read
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.errors import DeclarationError
from framework.events.doorbell import LocalDoorbell
from framework.events.log import Log
from framework.events.notifier import EventNotifier
from framework.jobs.enqueue import enqueue
from framework.jobs.extension import JOBS
from framework.jobs.job import Job as JobRow
from framework.jobs.lease import claim_next
from framework.spec.action import Scope
from framework.sql.engine import create_tables, open_layer

VERB = verb("framework.jobs.ping:ping")


class Letter(Resource):
    """Something that is written in the background."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()
    sender: Attr[str | None] = attribute(default=None)

    browse = Read()
    send = Create(accept=[name, sender], then=enqueue("write"))
    publish = Create(accept=[name, sender], then=enqueue("print"))
    write = Job(VERB, queue="letters", fair_by=sender)
    print = Job(VERB, queue="presses")


DOMAIN = compile_domain(Domain("letters", [Letter], [JOBS]))


@pytest.fixture(params=["memory", "postgres"])
async def engine(request: pytest.FixtureRequest, fresh_database_url: str) -> AsyncIterator[Engine]:
    if request.param == "memory":
        log = Log(DOMAIN, MemoryLayer(DOMAIN), LocalDoorbell())
        yield Engine(DOMAIN, log.layer, EventNotifier(log), {Log: log})
        return
    async with open_layer(DOMAIN, fresh_database_url) as layer:
        await create_tables(layer)
        log = Log(DOMAIN, layer, LocalDoorbell())
        yield Engine(DOMAIN, layer, EventNotifier(log), {Log: log})


async def taken(engine: Engine, number: int, queue: str = "letters") -> list[str]:
    """The names of the letters whose jobs are taken next."""
    leases = [await claim_next(engine, queue, "me", 10.0) for _ in range(number)]
    session = engine.session()
    keys = [UUID(lease.row["target_id"]) for lease in leases if lease]
    letters = await session.find(session.domain.action("Letter", "browse"), keys)
    return [letter["name"] for letter in letters]


async def sent(session: Session, sender: str | None, *names: str) -> list[Any]:
    given = [{"name": name, "sender": sender} for name in names]
    return list(await session.create_all(Letter.send, given))


async def test_who_sends_many_keeps_nobody_waiting_who_sends_one(engine: Engine) -> None:
    session = engine.session()
    await sent(session, "ann", "a1", "a2", "a3", "a4")
    await sent(session, "bob", "b1", "b2")
    await sent(session, None, "n1")
    assert await taken(engine, 7) == ["a1", "b1", "n1", "a2", "b2", "a3", "a4"]


async def test_who_comes_later_begins_where_the_others_stand(engine: Engine) -> None:
    session = engine.session()
    await sent(session, "ann", "a1", "a2", "a3", "a4")
    assert await taken(engine, 2) == ["a1", "a2"]
    await sent(session, "bob", "b1", "b2", "b3")
    assert await taken(engine, 5) == ["a3", "b1", "a4", "b2", "b3"]


async def test_one_by_one_they_have_the_same_turns_as_together(engine: Engine) -> None:
    session = engine.session()
    for name in ("a1", "a2", "a3"):
        await sent(session, "ann", name)
    await sent(session, "bob", "b1")
    assert await taken(engine, 4) == ["a1", "b1", "a2", "a3"]


async def test_those_that_are_tried_again_wait_behind_what_their_sender_has_in_the_queue(engine: Engine) -> None:
    session = engine.session()
    await sent(session, "ann", "a1")
    (job,) = (await session.page(session.domain.of(JobRow).actions["browse"], Query())).records
    await session.update(JobRow.cancel, job.id)
    await sent(session, "ann", "a2")
    await sent(session, "bob", "b1")
    await session.update(JobRow.retry, job.id)
    assert await taken(engine, 3) == ["a2", "b1", "a1"]


async def test_where_nobody_is_fair_the_one_that_is_due_longest_comes_first(engine: Engine) -> None:
    session = engine.session()
    for sender, name in (("ann", "a1"), ("ann", "a2"), ("bob", "b1")):
        await session.create(Letter.publish, {"name": name, "sender": sender})
    assert await taken(engine, 3, "presses") == ["a1", "a2", "b1"]


def test_what_jobs_can_not_be_fair_by_is_told() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        tags: Attr[list[str]] = attribute(default_factory=list)
        secret: Attr[str] = attribute(default="", sensitive=True)

        by_tags = Job(VERB, fair_by=tags)
        by_secret = Job(VERB, fair_by=secret)
        by_nothing = Job(VERB, fair_by="sekret")
        by_all = Job(VERB, scope=Scope.RESOURCE, fair_by=secret)

    with pytest.raises(DeclarationError) as raised:
        compile_domain(Domain("notes", [Note], [JOBS]))
    said = str(raised.value)
    assert "`Note.by_tags.fair_by`: `tags` has parts" in said
    assert "`Note.by_secret.fair_by`: `secret` is sensitive" in said
    assert "`Note.by_nothing.fair_by`: `sekret` is not an attribute" in said
    assert "`Note.by_all.fair_by`: a job about the whole resource" in said
