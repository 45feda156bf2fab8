"""The journal in memory and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from framework import Actor, Context
from framework.actions.engine import Engine
from framework.actions.session import Session
from framework.testing.engines import in_memory, in_postgres
from tests.framework.audit.journal import JOURNAL

ANN, BOB, LEAD = Actor("user", "ann"), Actor("user", "bob"), Actor("user", "eve", {"role": "lead"})


@pytest.fixture(params=["memory", "postgres"])
async def engine(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Engine]:
    opened = in_memory(JOURNAL) if request.param == "memory" else in_postgres(JOURNAL, url=database_url)
    async with opened as found:
        yield found


def by(engine: Engine, who: Actor) -> Session:
    """A session of somebody who calls from an address, with a key."""
    return engine.session(Context(who, address="192.0.2.7", credential="key dspex_abc"))
