"""What is queued, with which arguments, and what is not queued twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from framework.actions.changeset import Changeset
from framework.actions.engine import Engine
from framework.actions.query import Query
from framework.actions.request import Request
from framework.actions.session import Session
from framework.actions.step import Change
from framework.compiler.domain import Domain, compile_domain, problems_of
from framework.context import Actor, Context
from framework.data.memory import MemoryLayer
from framework.declare.actions import Action, Create, Destroy, Read, Update, argument
from framework.declare.actions import Job as JobAction
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.errors import Failure
from framework.events.doorbell import LocalDoorbell
from framework.events.log import Log
from framework.events.notifier import EventNotifier
from framework.jobs import queueing
from framework.jobs.complete import complete, handed_back
from framework.jobs.control import cancel_job, pause_job, resume_job
from framework.jobs.enqueue import enqueue
from framework.jobs.extension import JOBS
from framework.jobs.job import Job, JobState
from framework.jobs.job_run import job_run
from framework.jobs.lease import claim
from framework.jobs.queueing import JobRequest
from framework.jobs.runner import run_job
from framework.sql.engine import create_tables, open_layer
from tests.framework.jobs import parcels

VERB = verb("tests.framework.jobs.parcels:deliver")


@dataclass(frozen=True, slots=True)
class Hurried(Change):
    """Delivers one day earlier than asked for."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        return [c.setting(on=c.arguments["on"].replace(day=c.arguments["on"].day - 1)) for c in changesets]


class Parcel(Resource):
    """Something that is delivered."""

    id: Attr[UUID] = primary_key()
    owner: Attr[str] = attribute()

    browse = Read()
    send = Create(accept=[owner], arguments={"on": argument(date)}, then=enqueue("deliver", times=2))
    hand_over = Update(accept=[owner], then=enqueue("greet"))
    ring_all = Update(accept=[owner], then=enqueue("ring"))
    put_on_scales = Update(then=enqueue("weigh"))
    rest = Update(then=[pause_job(name) for name in ("greet", "weigh", "ring")])
    go_on = Update(then=[resume_job(name) for name in ("greet", "weigh", "ring")])
    remove = Destroy(steps=[cancel_job("greet")])
    deliver = JobAction(
        VERB,
        arguments={"on": argument(date), "times": argument(int, default=3), "owner": argument(str)},
        steps=[Hurried()],
    )
    greet = JobAction(VERB)
    ring = JobAction(VERB, while_live="queue")
    weigh = JobAction(VERB, while_live="follow")


DOMAIN = compile_domain(Domain("parcels", [Parcel], [JOBS]))


@pytest.fixture(params=["memory", "postgres"])
async def engine(request: pytest.FixtureRequest, fresh_database_url: str) -> AsyncIterator[Engine]:
    parcels.CALLED.clear()
    if request.param == "memory":
        log = Log(DOMAIN, MemoryLayer(DOMAIN), LocalDoorbell())
        yield Engine(DOMAIN, log.layer, EventNotifier(log), {Log: log})
        return
    async with open_layer(DOMAIN, fresh_database_url) as layer:
        await create_tables(layer)
        log = Log(DOMAIN, layer, LocalDoorbell())
        yield Engine(DOMAIN, layer, EventNotifier(log), {Log: log})


async def jobs(session: Session) -> list[Any]:
    return (await session.page(session.domain.of(Job).actions["browse"], Query(limit=50))).records


async def test_a_job_gets_the_arguments_it_was_queued_with_as_its_steps_have_set_them(engine: Engine) -> None:
    session = engine.session()
    await session.create(Parcel.send, {"owner": "ann", "on": "2026-03-02"})
    (job,) = await jobs(session)
    assert job.arguments == {"on": "2026-03-02", "times": 2, "owner": "ann"}
    assert await run_job(engine, job.id) is JobState.SUCCEEDED
    assert [{"on": date(2026, 3, 1), "times": 2, "owner": "ann"}] == parcels.CALLED


async def test_a_job_about_a_record_that_is_gone_fails_and_its_verb_is_not_called(engine: Engine) -> None:
    session = engine.session()
    parcel = await session.create(Parcel.send, {"owner": "ann", "on": "2026-03-02"})
    (job,) = await jobs(session)
    await session.destroy(Parcel.remove, parcel.id)
    assert await run_job(engine, job.id) is JobState.FAILED
    (job,) = await jobs(session)
    assert job.error["code"] == "not_found"
    assert parcels.CALLED == []


async def test_while_a_job_is_live_its_record_may_change_and_it_is_not_queued_again(engine: Engine) -> None:
    session = engine.session()
    parcel = await session.create(Parcel.send, {"owner": "ann", "on": "2026-03-02"})
    for owner in ("bob", "cid"):
        assert (await session.update(Parcel.hand_over, parcel.id, {"owner": owner})).owner == owner
    (greeting,) = [job for job in await jobs(session) if job.action == "greet"]
    assert await run_job(engine, greeting.id) is JobState.SUCCEEDED
    await session.update(Parcel.hand_over, parcel.id, {"owner": "dan"})
    assert [str(job.state) for job in await jobs(session) if job.action == "greet"] == ["succeeded", "queued"]


async def test_changes_at_the_same_moment_queue_one_job(engine: Engine) -> None:
    session = engine.session()
    parcel = await session.create(Parcel.send, {"owner": "ann", "on": "2026-03-02"})
    owners = ("bob", "cid", "dan", "eve")
    await asyncio.gather(*(session.update(Parcel.hand_over, parcel.id, {"owner": owner}) for owner in owners))
    assert [job.action for job in await jobs(session)] == ["deliver", "greet"]


async def test_who_queues_in_the_other_order_gives_way_as_a_whole_and_is_done_again(
    fresh_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, gave_way = dict[Any, list[int]](), list[int]()
    inserted_or_live = queueing._inserted_or_live

    async def counted(*given: Any) -> list[Any]:
        looks[asyncio.current_task()][-1] += 1
        return await inserted_or_live(*given)

    monkeypatch.setattr(queueing, "_inserted_or_live", counted)
    async with open_layer(DOMAIN, fresh_database_url) as layer:
        await create_tables(layer)
        log = Log(DOMAIN, layer, LocalDoorbell())
        engine = Engine(DOMAIN, layer, EventNotifier(log), {Log: log})
        greet, met = DOMAIN.action("Parcel", "greet"), asyncio.Barrier(2)

        async def queue(session: Session, targets: Sequence[str]) -> None:
            tries = looks.setdefault(asyncio.current_task(), [])
            tries.append(0)
            try:
                await queueing.queue_jobs(greet, [JobRequest(targets[0])], session)
                if len(tries) == 1:
                    await met.wait()
                await queueing.queue_jobs(greet, [JobRequest(targets[1])], session)
            except Failure:
                gave_way.append(tries[-1])
                raise

        one, other = ("1", "2"), ("2", "1")
        await asyncio.gather(
            *(engine.session().with_transaction(lambda inner, t=targets: queue(inner, t)) for targets in (one, other))  # type: ignore[misc]  # mypy cannot infer a lambda with defaults
        )
        assert sorted(job.target_id for job in await jobs(engine.session())) == ["1", "2"]
    # A look for each of the two targets, and none again within the transaction that gave way.
    assert gave_way
    assert set(gave_way) == {2}


async def test_a_wish_for_a_job_that_runs_is_queued_after_it_and_one_for_a_job_that_waits_joins_it(
    engine: Engine,
) -> None:
    session = engine.session()
    parcel = await session.create(Parcel.send, {"owner": "ann", "on": "2026-03-02"})

    async def wish() -> Any:
        await session.update(Parcel.put_on_scales, parcel.id)
        return (await jobs(session))[-1].id

    first = await wish()
    assert await wish() == first
    assert await claim(engine, first, "me", 60.0) is not None
    second = await wish()
    assert second != first
    assert await wish() == second
    assert await run_job(engine, second) is JobState.SUCCEEDED


@pytest.mark.parametrize(("wish", "live"), [("hand_over", 1), ("put_on_scales", 1), ("ring_all", 2)])
async def test_a_wish_for_a_job_that_is_paused_does_what_it_does_for_one_that_waits(
    wish: str, live: int, engine: Engine
) -> None:
    session = engine.session()
    parcel = await session.create(Parcel.send, {"owner": "ann", "on": "2026-03-02"})
    wished = Request({} if wish == "put_on_scales" else {"owner": "bob"}, parcel.id)
    await session.perform(DOMAIN.action("Parcel", wish), [wished])
    await session.update(Parcel.rest, parcel.id)
    await session.perform(DOMAIN.action("Parcel", wish), [wished])
    of_wish = (await jobs(session))[1:]
    assert [str(job.state) for job in of_wish] == ["paused", "queued"][:live]
    assert await run_job(engine, of_wish[0].id) is None
    await session.update(Parcel.go_on, parcel.id)
    assert [await run_job(engine, job.id) for job in of_wish] == [JobState.SUCCEEDED] * live


async def test_a_wish_for_a_job_that_has_run_and_is_paused_is_queued_beside_it_if_it_follows(engine: Engine) -> None:
    session = engine.session()
    parcel = await session.create(Parcel.send, {"owner": "ann", "on": "2026-03-02"})
    for wish, given in ((Parcel.hand_over, {"owner": "bob"}), (Parcel.put_on_scales, {})):
        await session.update(wish, parcel.id, given)
        lease = await claim(engine, (await jobs(session))[-1].id, "me", 60.0)
        assert lease is not None
        await session.update(Parcel.rest, parcel.id)
        assert await complete(job_run(engine, lease), handed_back) is JobState.PAUSED
        await session.update(wish, parcel.id, given)
    assert [(job.action, str(job.state)) for job in (await jobs(session))[1:]] == [
        ("greet", "paused"),
        ("weigh", "paused"),
        ("weigh", "queued"),
    ]


async def test_a_job_is_queued_for_every_change_that_says_so(engine: Engine) -> None:
    session = engine.session()
    parcel = await session.create(Parcel.send, {"owner": "ann", "on": "2026-03-02"})
    for owner in ("bob", "cid"):
        await session.update(Parcel.ring_all, parcel.id, {"owner": owner})
    assert [job.action for job in await jobs(session)] == ["deliver", "ring", "ring"]


async def test_a_job_keeps_who_asked_for_it_and_no_facts(engine: Engine) -> None:
    ann = Actor("user", "ann", {"team": "north"})
    await engine.session(Context(actor=ann)).create(Parcel.send, {"owner": "ann", "on": "2026-03-02"})
    row = (await jobs(engine.session()))[0]
    assert Context.from_json(row["context"]).actor == Actor("user", "ann")


def test_a_step_that_queues_what_is_no_job_does_not_compile() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        write = Create(accept=[title], then=enqueue("polsh"))
        stop = Update(then=cancel_job("write"))
        rest = Update(then=pause_job("polsh"))
        go_on = Update(then=resume_job("rest"))
        polish = JobAction(VERB)

    assert [str(problem) for problem in problems_of(Domain("notes", [Note], [JOBS]))] == [
        "`Note.write`: `queues the job `polsh``: `Note` has no job `polsh` (did you mean `polish`?)",
        "`Note.stop`: `cancels the job `write``: `Note` has no job `write`",
        "`Note.rest`: `pauses the job `polsh``: `Note` has no job `polsh` (did you mean `polish`?)",
        "`Note.go_on`: `resumes the job `rest``: `Note` has no job `rest`",
    ]


def test_a_record_that_would_be_told_of_what_it_asks_for_does_not_compile() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        rest = Update(then=pause_job("polish"))
        stop = Update(then=cancel_job("polish"))
        go_on = Update(then=resume_job("polish"))
        polish = JobAction(VERB, on_paused="rest", on_resumed="go_on", on_cancelled="stop")

    assert [str(problem) for problem in problems_of(Domain("notes", [Note], [JOBS]))] == [
        f"`Note.polish.on_{word}`: `{name}` itself {wish} the job `polish`, which then tells it again"
        " (name an update without that step)"
        for word, name, wish in (("cancelled", "stop", "cancels"), ("paused", "rest", "pauses"))
    ]


def test_arguments_that_a_job_does_not_take_or_lacks_do_not_compile() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        write = Create(accept=[title], then=enqueue("polish", tims=1))
        rewrite = Update(accept=[title], then=enqueue("polish", times="often", by="me"))
        copy = Create(accept=[title], arguments={"times": argument(str), "by": argument(str)}, then=enqueue("polish"))
        fine = Create(accept=[title], arguments={"times": argument(int)}, then=enqueue("polish", by="me"))
        lend = Update(arguments={"times": argument(int), "by": argument(str, sensitive=True)}, then=enqueue("polish"))
        polish = JobAction(VERB, arguments={"times": argument(int), "by": argument(str), "title": argument(str)})
        secret = JobAction(VERB, arguments={"pin": argument(str, sensitive=True)})

    found = [str(problem) for problem in problems_of(Domain("notes", [Note], [JOBS]))]
    no_secrets = "a job keeps its arguments in its row, which can be read, so none of them is sensitive"
    assert [problem.split(" (")[0] for problem in found] == [
        "`Note.write`: the job `Note.polish` takes no `tims`",
        "`Note.write`: nobody gives the job `Note.polish` its `times`",
        "`Note.write`: nobody gives the job `Note.polish` its `by`",
        "`Note.rewrite`: `times` of the job `Note.polish`: has to be a whole number",
        "`Note.copy`: `times` of the job `Note.polish` is of the type integer, here it is of the type string",
        "`Note.lend`: `by` is sensitive, and the job `Note.polish` would keep it in its row",
        f"`Note.secret.arguments.pin`: {no_secrets}",
    ]


def test_a_resource_of_ones_own_named_as_one_of_an_extension_is_told_so() -> None:
    class Job(Resource):
        id: Attr[UUID] = primary_key()
        print_it = Action(VERB)

    assert [str(problem) for problem in problems_of(Domain("prints", [Job], [JOBS]))] == [
        "`Job`: the extension `jobs` brings a resource of this name (call yours otherwise)"
    ]
