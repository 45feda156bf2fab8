"""Engines for the tests of one's own domains: both keep records, tell the log and run jobs; nothing of them stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import psycopg
import pytest

from framework.actions.engine import Engine
from framework.compiler.domain import Domain
from framework.declare.actions import Create, Job, Read, Update
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.events.event import Event
from framework.jobs.enqueue import enqueue
from framework.jobs.job_run import JobRun
from framework.standard import STANDARD
from framework.testing.engines import in_memory, in_postgres, postgres, run_jobs


class Letter(Resource):
    id: Attr[UUID] = primary_key()
    text: Attr[str] = attribute()
    copies: Attr[int] = attribute(default=0)

    browse = Read()
    write = Create(accept=[text], then=enqueue("copy"))
    add = Update(accept=[copies], then=enqueue("post"))
    copy = Job(verb(f"{__name__}:copied"))
    post = Job(verb(f"{__name__}:posted"))


async def copied(run: JobRun) -> None:
    """Has a copy, of which another job is told."""
    await run.session.update(Letter.add, run.target_id, {"copies": 1})


async def posted(run: JobRun) -> None:
    """Cannot be done now, which is worth another try."""
    raise ConnectionError


LETTERS = Domain("letters", [Letter], STANDARD)
DATABASES = "SELECT count(*) FROM pg_database WHERE datname LIKE 'test\\_%'"


@pytest.fixture(params=["memory", "postgres"])
async def engine(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Engine]:
    opened = in_memory(LETTERS) if request.param == "memory" else in_postgres(LETTERS, url=database_url)
    async with opened as engine:
        yield engine


async def test_jobs_are_run_with_those_that_they_queue_and_one_that_is_to_be_tried_later_waits(engine: Engine) -> None:
    session = engine.session()
    letter = await session.create(Letter.write, {"text": "Dear"})
    assert [str(state) for state in await run_jobs(engine)] == ["succeeded", "queued"]
    assert (await session.get(Letter, letter.id)).copies == 1
    assert await run_jobs(engine) == []
    types = [event.type for event in await session.read(Event.browse)]
    assert [each for each in types if each.startswith("letter.")] == ["letter.write", "letter.add", "letter.copy.ended"]


async def test_the_database_is_gone_afterwards(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    async with postgres() as url, await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:

        async def databases() -> Any:
            return await (await connection.execute(DATABASES)).fetchone()

        before = await databases()
        async with in_postgres(LETTERS, url=url):
            assert await databases() != before
        assert await databases() == before
