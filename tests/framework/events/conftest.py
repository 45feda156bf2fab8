"""A domain with a log of events, in memory and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from framework.actions.engine import Engine
from framework.actions.session import Session
from framework.compiler.domain import Domain, compile_domain
from framework.data.memory import MemoryLayer
from framework.data.protocols import Layer
from framework.declare.actions import Create, Destroy, Read, Update
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.events.doorbell import LocalDoorbell
from framework.events.extension import EVENTS
from framework.events.log import Log
from framework.events.notifier import EventNotifier
from framework.spec.domain import DomainSpec
from framework.sql.engine import create_tables, open_layer


class Note(Resource):
    """Something written."""

    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute(max_length=20)
    secret: Attr[str] = attribute(default="hush", private=True)
    pin: Attr[str] = attribute(default="1234", sensitive=True)

    browse = Read()
    write = Create(accept=[title, pin])
    whisper = Create(accept=[title], quiet=True)
    edit = Update(accept=[title])
    remove = Destroy()


@pytest.fixture(scope="session")
def domain() -> DomainSpec:
    return compile_domain(Domain("notes", [Note], [EVENTS]))


def logged(domain: DomainSpec, layer: Layer) -> tuple[Session, Log]:
    """A session whose actions are noted, and the log they are noted in."""
    log = Log(domain, layer, LocalDoorbell())
    return Engine(domain, layer, EventNotifier(log), {Log: log}).session(), log


@pytest.fixture
def memory(domain: DomainSpec) -> tuple[Session, Log]:
    return logged(domain, MemoryLayer(domain))


@pytest.fixture
async def postgres(domain: DomainSpec, fresh_database_url: str) -> AsyncIterator[tuple[Session, Log]]:
    async with open_layer(domain, fresh_database_url) as layer:
        await create_tables(layer)
        yield logged(domain, layer)
