"""Records that are kept no longer: which go, which stay, and what is told of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from framework.actions.engine import Engine
from framework.compiler.domain import Domain, compile_domain
from framework.data.selection import Selection
from framework.declare.actions import Create, Read
from framework.declare.attributes import Attr, attribute, primary_key, sequence_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import retention
from framework.errors import Invalid
from framework.events.doorbell import LocalDoorbell
from framework.events.event import Event
from framework.events.log import Log
from framework.events.notifier import EventNotifier
from framework.expr.build import horizon, transaction
from framework.identifiers import uuid7
from framework.jobs.extension import JOBS
from framework.jobs.job import Job, JobState
from framework.jobs.queueing import JobRequest, queue_jobs
from framework.jobs.retention.figures import retention_figures
from framework.jobs.retention.in_force import rules_in_force
from framework.jobs.retention.retention_rule import RetentionRule
from framework.jobs.runner import run_job
from framework.processes.process_heartbeat import ProcessHeartbeat
from framework.settings import Settings, load_settings
from framework.spec.relationship import OnDelete
from framework.sql.engine import create_tables, open_layer
from framework.sql.layer import SqlLayer
from tests.framework.jobs.conftest import TIMING

DAY = timedelta(days=1)
OLD = datetime.now(UTC) - 10 * DAY
YOUNG = datetime.now(UTC)


class Box(Resource):
    id: Attr[UUID] = primary_key()
    label: Attr[str] = attribute(default="any")
    closed_at: Attr[datetime | None] = attribute(default=None)

    browse = Read()
    close = Create(accept=[label, closed_at])
    _kept = retention(after=DAY, since=closed_at, where=label != "keep")


class Sticker(Resource):
    """Holds on to its box."""

    id: Attr[UUID] = primary_key()
    box: One[Box] = belongs_to()
    put = Create(accept=[box])


class Lid(Resource):
    """Goes with its box, or by itself where the box is kept."""

    id: Attr[UUID] = primary_key()
    made_at: Attr[datetime | None] = attribute(default=None)
    box: One[Box] = belongs_to(on_delete=OnDelete.CASCADE)
    browse = Read()
    put = Create(accept=[box, made_at])
    _kept = retention(after=DAY, since=made_at, where=box.label == "keep")


class Line(Resource):
    """Goes in the order of the lines."""

    number: Attr[int] = sequence_key()
    written: Attr[int] = attribute(default=transaction(), private=True)
    at: Attr[datetime] = attribute()

    browse = Read()
    write = Create(accept=[at], quiet=True)
    _kept = retention(after=DAY, since=at, where=written < horizon(), in_order=(written, number))


BOXES = compile_domain(Domain("boxes", [Box, Sticker, Lid, Line], [JOBS]))


@pytest.fixture
async def engine(fresh_database_url: str) -> AsyncIterator[Engine]:
    async with open_layer(BOXES, fresh_database_url) as layer:
        await create_tables(layer)
        log = Log(BOXES, layer, LocalDoorbell())
        yield Engine(BOXES, layer, EventNotifier(log), {Log: log, Settings: load_settings(retention="Event=never")})


async def sweep(engine: Engine) -> dict[str, Any]:
    """What the rules have removed so far, by resource."""
    action = BOXES.resources["RetentionRule"].actions["remove_expired"]

    async with engine.session().transaction() as inner:
        (job,) = await queue_jobs(action, [JobRequest("RetentionRule")], inner)
    assert await run_job(engine, job["id"], TIMING) is JobState.SUCCEEDED
    return {rule.resource: rule for rule in await engine.session().read(RetentionRule.browse)}


async def labels(engine: Engine) -> list[str]:
    return sorted(box.label for box in await engine.session().read(Box.browse))


async def test_what_is_old_goes_and_what_is_young_or_not_selected_stays(engine: Engine) -> None:
    given = [("old", OLD), ("young", YOUNG), ("keep", OLD), ("open", None)]
    await engine.session().create_all(Box.close, [{"label": a, "closed_at": b} for a, b in given])
    told = (await sweep(engine))["Box"]
    assert await labels(engine) == ["keep", "open", "young"]
    assert (told.removed, told.caught_up, told.says) == (1, True, "1 days from `closed_at` on")
    assert (await sweep(engine))["Box"].removed == 1


async def test_many_go_batch_by_batch_and_nothing_of_them_is_read(engine: Engine) -> None:
    assert isinstance(engine.layer, SqlLayer)
    fill = "INSERT INTO boxes (id, label, closed_at) SELECT gen_random_uuid(), 'x', :at FROM generate_series(1, 350)"
    sent: list[str] = []
    async with engine.layer.engine.begin() as connection:
        await connection.execute(sa.text(fill), {"at": OLD})
    sa.event.listen(engine.layer.engine.sync_engine, "before_cursor_execute", lambda *a: sent.append(a[2]))
    assert (await sweep(engine))["Box"].removed == 350
    removals = [statement for statement in sent if "DELETE FROM boxes" in statement]
    assert len(removals) == 4
    assert all("label" not in statement for statement in removals)
    assert await labels(engine) == []


async def test_what_others_hold_on_to_stays_and_what_belongs_to_it_goes_along(engine: Engine) -> None:
    session = engine.session()
    held, free = await session.create_all(Box.close, [{"label": a, "closed_at": OLD} for a in ("held", "free")])
    await session.create(Sticker.put, {"box_id": held.id})
    await session.create_all(Lid.put, [{"box_id": held.id}, {"box_id": free.id}])
    assert (await sweep(engine))["Box"].removed == 1
    assert await labels(engine) == ["held"]
    assert [lid["box_id"] for lid in await session.read(Lid.browse)] == [held.id]


async def test_what_a_record_belongs_to_may_say_that_it_goes(engine: Engine) -> None:
    session = engine.session()
    kept, other = await session.create_all(Box.close, [{"label": label} for label in ("keep", "other")])
    await session.create_all(Lid.put, [{"box_id": box.id, "made_at": OLD} for box in (kept, other)])
    assert (await sweep(engine))["Lid"].removed == 1
    assert [lid["box_id"] for lid in await session.read(Lid.browse)] == [other.id]


async def test_in_an_order_none_goes_before_those_ahead_of_it(engine: Engine) -> None:
    for at in (OLD, OLD, YOUNG, OLD):
        await engine.session().create(Line.write, {"at": at})
    assert (await sweep(engine))["Line"].removed == 2
    assert [line.number for line in await engine.session().read(Line.browse)] == [3, 4]


async def test_jobs_that_are_over_go_and_live_ones_stay(engine: Engine) -> None:
    assert isinstance(engine.layer, SqlLayer)
    await sweep(engine)
    make_old = "UPDATE jobs SET finished_at = finished_at - interval '31 days', created_at = '2020-01-01'"
    async with engine.layer.engine.begin() as connection:
        await connection.execute(sa.text(make_old))
    # The one that removes is live.
    assert (await sweep(engine))["Job"].removed == 1
    assert len(await engine.session().read(Job.browse)) == 1


async def test_processes_that_are_long_dead_are_forgotten(engine: Engine) -> None:
    spec = BOXES.of(ProcessHeartbeat)
    async with engine.layer.transaction() as tx:
        for seen_at in (OLD, YOUNG):
            await tx.insert(spec, [{"id": uuid7(), "name": "a", "seen_at": seen_at, "created_at": OLD}])
    assert (await sweep(engine))["ProcessHeartbeat"].removed == 1
    async with engine.layer.autocommit_read() as reader:
        assert await reader.read(Selection(spec, ("seen_at",))) == [{"seen_at": YOUNG}]


async def test_an_installation_keeps_records_for_another_time_or_for_ever(engine: Engine) -> None:
    told = await sweep(engine)
    assert (told["Event"].says, told["Event"].caught_up) == ("for ever", True)
    assert len(await engine.session().read(Event.browse)) > 0
    days = {rule.resource.name: rule.after for rule in rules_in_force(BOXES, {"Job": 0.5, "Event": None})}
    assert (days["Job"], days["Event"], days["Box"]) == (timedelta(hours=12), None, DAY)
    with pytest.raises(Invalid, match="`Boxes` is no resource that says how long"):
        rules_in_force(BOXES, {"Boxes": 1.0})


async def test_the_figures_tell_what_went(engine: Engine) -> None:
    await engine.session().create(Box.close, {"closed_at": OLD})
    await sweep(engine)
    told = await retention_figures(engine)
    of_boxes = {figure.name: figure.value for figure in told if figure.labels["resource"] == "Box"}
    assert (of_boxes["dspex_retention_removed"], of_boxes["dspex_retention_left"]) == (1, 0)
    assert of_boxes["dspex_retention_looked_seconds"] < 3600
