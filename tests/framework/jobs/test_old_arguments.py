"""A job that was queued before the model of its argument changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, ClassVar
from uuid import UUID

import pytest

from framework.actions.engine import Engine
from framework.compiler.domain import Domain, compile_domain
from framework.declare.actions import Job as JobAction
from framework.declare.actions import argument
from framework.declare.attributes import Attr, primary_key
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.events.doorbell import LocalDoorbell
from framework.events.log import Log
from framework.events.notifier import EventNotifier
from framework.expr.nodes import Compare, Comparison, Ref, Value
from framework.jobs.dispatcher import Dispatcher
from framework.jobs.extension import JOBS
from framework.jobs.job import Job, JobState
from framework.jobs.job_run import JobRun
from framework.jobs.queueing import JobRequest, queue_jobs
from framework.jobs.runner import run_job
from framework.spec.action import Scope
from framework.sql.engine import create_tables, open_layer
from framework.types.versioned import Upgrade, Versioned
from tests.framework.jobs.conftest import TIMING, Bells

SEEN: list[Any] = []


def add_ink(form: dict[str, Any]) -> dict[str, Any]:
    return {"paper": form["sheet"], "ink": "black"}


class Wish(Versioned):
    upgrades: ClassVar[Sequence[Upgrade]] = (add_ink,)
    paper: str
    ink: str


class Press(Resource):
    id: Attr[UUID] = primary_key()
    print = JobAction(
        verb(f"{__name__}:seen"), arguments={"wishes": argument(list[Wish])}, scope=Scope.RESOURCE, queue="papers"
    )


async def seen(run: JobRun) -> None:
    SEEN.extend(run.arguments["wishes"])


@pytest.fixture
async def press(fresh_database_url: str) -> AsyncIterator[Engine]:
    async with open_layer(compile_domain(Domain("press", [Press], [JOBS])), fresh_database_url) as layer:
        await create_tables(layer)
        log = Log(layer.domain, layer, LocalDoorbell())
        yield Engine(layer.domain, layer, EventNotifier(log), {Log: log, Dispatcher: Bells()})


async def test_it_runs_with_the_argument_as_it_is_today(press: Engine) -> None:
    wish = Wish(paper="A4", ink="blue")
    async with press.session().transaction() as session:
        (job,) = await queue_jobs(
            session.domain.action("Press", "print"), [JobRequest("", {"wishes": [wish]})], session
        )
    assert job.arguments == {"wishes": [{"paper": "A4", "ink": "blue", "$version": 2}]}
    async with press.layer.transaction() as tx:
        old = {"arguments": {"wishes": [{"sheet": "A5"}, *job.arguments["wishes"]]}}
        await tx.update(press.domain.of(Job), Compare(Comparison.EQ, Ref("id"), Value(job.id)), old)
    assert await run_job(press, job.id, TIMING) is JobState.SUCCEEDED
    assert [Wish(paper="A5", ink="black"), wish] == SEEN
