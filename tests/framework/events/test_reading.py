"""Streams tell what the read of events would find, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import pytest

from framework.actions.engine import Engine
from framework.actions.query import Query
from framework.compiler.domain import Domain, compile_domain
from framework.context import Actor, Context
from framework.data.memory import MemoryLayer
from framework.events.doorbell import LocalDoorbell
from framework.events.entry import Interest
from framework.events.event import Event
from framework.events.extension import EVENTS
from framework.events.feed import Feed
from framework.events.log import Log
from framework.events.log_position import LogPosition
from framework.events.notifier import EventNotifier
from framework.events.reading import open_events
from framework.expr.build import actor
from framework.spec.domain import DomainSpec
from tests.framework.events.conftest import Note

WRITES = Interest(frozenset({"note.write"}))


def own_events_only() -> DomainSpec:
    """A domain where everybody finds the events of their own acts."""
    domain = compile_domain(Domain("notes", [Note], [EVENTS]))
    spec = domain.of(Event)
    browse = replace(spec.actions["browse"], filter=(Event.actor == actor("id")).node)
    return replace(domain, resources={**domain.resources, "Event": replace(spec, actions={"browse": browse})})


@pytest.fixture
async def engine() -> AsyncGenerator[Engine, None]:
    domain = own_events_only()
    log = Log(domain, MemoryLayer(domain), LocalDoorbell())
    feed = Feed(log)
    yield Engine(domain, log.layer, EventNotifier(log), {Feed: feed})
    await feed.close()


async def test_a_stream_leaves_out_what_the_read_of_events_would_not_find(engine: Engine) -> None:
    for name in ("ann", "bob", "ann"):
        await engine.session(Context(actor=Actor("user", name))).create(Note.write, {"title": name})
    # Facts of an actor are by name; events keep who acted as `kind:id`.
    ann = engine.session(Context(actor=Actor("user", "user:ann")))
    feed: Feed = ann.services[Feed]
    listed = (await ann.page(ann.domain.of(Event).actions["browse"], Query())).records
    async with aclosing((await open_events(ann, feed, WRITES, str(LogPosition()))).items) as entries:
        streamed = [await anext(entries), await anext(entries)]
    assert [entry.data["title"] for entry in streamed] == ["ann", "ann"]
    assert [entry.position.seq for entry in streamed] == [event["seq"] for event in listed]
