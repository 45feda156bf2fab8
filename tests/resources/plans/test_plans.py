"""Every list, order, state, queue, feed and reaper of the platform is served by an index at a million records."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from framework.actions.engine import Engine
from framework.actions.query import Query, Sort
from framework.compiler.domain import compile_domain
from framework.data.total import Total
from framework.events.entry import Interest
from framework.events.feed import Feed
from framework.events.figures import event_figures, lag
from framework.events.log import Log
from framework.events.log_position import LogPosition
from framework.expr.nodes import Compare, Comparison, Ref, Value, along, equals, every
from framework.jobs.dispatcher import PendingJob
from framework.jobs.figures import job_figures
from framework.jobs.job import JobState
from framework.jobs.lease import any_due, claim_next
from framework.jobs.queueing import JobRequest, queue_jobs
from framework.jobs.reaper import reap
from framework.jobs.runner import run_job
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.resource import ResourceSpec
from framework.sql.layer import SqlLayer
from framework.testing.engines import in_postgres
from resources import PLATFORM
from resources.evaluations.evaluation import Evaluation
from resources.evaluations.run_state import RunState
from tests.resources.plans.plans import faults_of, sent_by
from tests.resources.plans.seeding import ROWS, SMALL, seed

LISTED = [spec.name for spec in compile_domain(PLATFORM).stored if spec.reader is not None and spec.name not in SMALL]
FIRST, SECOND = UUID("00000001-0000-7000-8000-000000000000"), UUID("00000002-0000-7000-8000-000000000000")
RECORD = str(FIRST)


class Silent:
    """A dispatcher without workers."""

    async def notify(self, jobs: Sequence[PendingJob]) -> None:
        """Wakes nobody."""

    async def unheard(self, queues: Collection[str]) -> Mapping[str, int]:
        """No bell waits."""
        return {}


@pytest.fixture(scope="module")
async def engine(database_url: str) -> AsyncIterator[Engine]:
    """The platform, with a million records of everything."""
    async with in_postgres(PLATFORM, url=database_url) as engine:
        await seed(layer_of(engine))
        yield engine


def layer_of(engine: Engine) -> SqlLayer:
    assert isinstance(engine.layer, SqlLayer)
    return engine.layer


def queries(spec: ResourceSpec, read: ActionSpec) -> list[Query]:
    """As a list is asked for: in its own order, in those declared, of one parent, in one state."""
    asked = [Query()]
    for order in read.orders:
        sort = tuple(Sort((part.node.name,), part.descending) for part in order if isinstance(part.node, Ref))
        asked += [Query(sort=sort), Query(sort=tuple(replace(each, descending=not each.descending) for each in sort))]
    for link in spec.relationships.values():
        if link.holds_key and link.public:
            asked += [Query(filter=Compare(Comparison.EQ, Ref(link.attribute), Value(key))) for key in (FIRST, SECOND)]
    if spec.machine is not None:
        asked += [Query(filter=equals(**{spec.machine.attribute: state})) for state in spec.machine.states]
    return asked


@pytest.mark.parametrize("name", LISTED)
async def test_no_list_reads_or_sorts_its_table(engine: Engine, name: str) -> None:
    spec, session, layer = engine.domain.resources[name], engine.system("a test looks at plans"), layer_of(engine)
    with sent_by(layer) as sent:
        for read in spec.actions.values():
            if read.kind is ActionKind.READ:
                for query in queries(spec, read):
                    page = await session.page(read, query)
                    if page.has_next:
                        await session.page(read, replace(query, after=page.keys[-1]))
                    if page.keys:
                        await session.page(read, replace(query, before=page.keys[-1]))
    assert await faults_of(layer, sent) == []


async def test_one_parent_is_found_before_its_records(engine: Engine) -> None:
    session, layer = engine.system("a test looks at plans"), layer_of(engine)
    said = {"project_id": FIRST, "slug": "t00000003"}
    one = every(*(Compare(Comparison.EQ, along("program", name), Value(each)) for name, each in said.items()))
    read = engine.domain.action("Execution", "browse")
    with sent_by(layer) as sent:
        page = await session.page(read, Query(filter=one, sort=(Sort(("created_at",), descending=True),)))
        await session.page(read, Query(filter=one, sort=(Sort(("created_at",)),), before=page.keys[-1]))
    assert page.records
    assert not any(" JOIN " in each.text for each in sent)
    assert await faults_of(layer, sent) == []


async def test_a_total_is_not_counted_unless_that_is_asked_for(engine: Engine) -> None:
    session, layer, read = (
        engine.system("a test looks at plans"),
        layer_of(engine),
        engine.domain.action("Execution", "browse"),
    )
    with sent_by(layer) as sent:
        few = await session.estimate(read, Query(filter=equals(status="failed")))
    assert few == Total(ROWS // 1000, is_exact=True)
    assert await faults_of(layer, sent) == []


async def test_queue_reaper_and_figures_look_at_live_jobs_alone(engine: Engine) -> None:
    layer = layer_of(engine)
    job = engine.domain.action("Evaluation", "run")
    with sent_by(layer) as sent:
        for _ in range(2):
            assert await any_due(engine, "evaluations")
            assert await claim_next(engine, "evaluations", "somebody", 60.0) is not None
        await reap(engine, Silent())
        await job_figures(engine)
        async with engine.system("a test looks at plans").transaction() as inner:
            await queue_jobs(job, [JobRequest(RECORD)], inner)
    assert await faults_of(layer, sent) == []


async def test_what_cancels_and_what_gives_up_looks_at_few(engine: Engine) -> None:
    session, layer = engine.system("a test looks at plans"), layer_of(engine)
    running = Query(filter=equals(state=RunState.RUNNING), limit=1)
    with sent_by(layer) as sent:
        (found,) = await session.read(Evaluation.browse, running)
        await session.update(Evaluation.cancel, found["id"])
        async with session.transaction() as inner:
            sweep = inner.domain.action("Execution", "give_up_abandoned")
            (job,) = await queue_jobs(sweep, [JobRequest("Execution")], inner)
        assert await run_job(engine, job["id"]) is JobState.SUCCEEDED
    assert await faults_of(layer, sent) == []


async def test_the_feed_goes_on_from_where_it_was(engine: Engine) -> None:
    layer = layer_of(engine)
    log: Log = engine.services[Log]
    rare, common = frozenset({"program.promote"}), frozenset({"execution.succeed"})
    interests = [None, *(Interest(types, key) for types in (rare, common, rare | common) for key in (None, RECORD))]
    with sent_by(layer) as sent:
        await log.end()
        for interest in interests:
            await log.after(LogPosition(), interest)
            await log.after(LogPosition(1000, 3000), interest)
            await log.last(interest)
        await event_figures(log)
        await lag(log, Feed(log))
    assert await faults_of(layer, sent) == []
