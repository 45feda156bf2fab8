"""Tables partitioned by time: partitions are made ahead, past ones are dropped, and those of others left alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from framework.actions.engine import Engine
from framework.compiler.domain import Domain, compile_domain
from framework.data.partitions import Partition
from framework.declare.actions import Create, Destroy, Read, Update
from framework.declare.attributes import Attr, attribute, primary_key, sequence_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import identity, retention
from framework.errors import Conflict, Invalid, NotFound
from framework.events.doorbell import LocalDoorbell
from framework.events.event import Event
from framework.events.feed import Feed
from framework.events.log import Log
from framework.events.log_epoch import LogEpoch, current_epoch
from framework.events.log_position import LogPosition
from framework.events.notifier import EventNotifier
from framework.identifiers import uuid7
from framework.jobs.extension import JOBS
from framework.jobs.job import JobState
from framework.jobs.queueing import JobRequest, queue_jobs
from framework.jobs.retention.retention_rule import RetentionRule
from framework.jobs.runner import run_job
from framework.settings import Settings, load_settings
from framework.spec.retention import spans
from framework.sql.engine import create_tables, open_layer
from framework.sql.layer import SqlLayer
from tests.framework.jobs.conftest import TIMING

DAY = timedelta(days=1)


class Site(Resource):
    """Where meters are."""

    id: Attr[UUID] = primary_key()
    found = Create(quiet=True)
    close = Destroy(quiet=True)
    browse = Read()


class Reading(Resource):
    """A value that a meter had."""

    number: Attr[int] = sequence_key()
    meter: Attr[str] = attribute(max_length=9)
    settled: Attr[bool] = attribute(default=True)
    at: Attr[datetime] = attribute()
    site: One[Site | None] = belongs_to()

    once = identity(meter, at)
    once_each = identity(meter.lower(), at, where=settled)
    browse = Read()
    take = Create(accept=[meter, at, settled, site], quiet=True)
    settle = Update(accept=[settled], quiet=True)
    discard = Destroy(quiet=True)
    _kept = retention(after=3 * DAY, since=at, where=settled, partition_every=DAY)


METERS = compile_domain(Domain("meters", [Site, Reading], [JOBS]))


@pytest.fixture
async def engine(fresh_database_url: str) -> AsyncIterator[Engine]:
    async with open_layer(METERS, fresh_database_url) as layer:
        await create_tables(layer)
        log = Log(METERS, layer, LocalDoorbell())
        yield Engine(METERS, layer, EventNotifier(log), {Log: log, Settings: load_settings()})


async def sweep(engine: Engine) -> RetentionRule:
    """What the rule of readings has removed so far."""
    action = METERS.resources["RetentionRule"].actions["remove_expired"]
    async with engine.session().transaction() as inner:
        (job,) = await queue_jobs(action, [JobRequest("RetentionRule")], inner)
    assert await run_job(engine, job["id"], TIMING) is JobState.SUCCEEDED
    return next(rule for rule in await engine.session().read(RetentionRule.browse) if rule.resource == "Reading")


async def standing(engine: Engine) -> Sequence[Partition]:
    async with engine.layer.transaction() as tx:
        partitions = tx.partitions(METERS.of(Reading))
        assert partitions is not None
        return await partitions.all()


async def day(engine: Engine, ago: int) -> datetime:
    """When the day began that was so many days ago, by the store's own clock."""
    now = await asked(engine, "SELECT now()")
    return next(start for start, _ in spans(DAY, now - ago * DAY, 1))


async def made(engine: Engine, ago: int) -> datetime:
    """The beginning of a partition for that day, which is made."""
    start = await day(engine, ago)
    async with engine.layer.transaction() as tx:
        partitions = tx.partitions(METERS.of(Reading))
        assert partitions is not None
        await partitions.add(start, start + DAY)
    return start


async def asked(engine: Engine, question: str, **values: Any) -> Any:
    return (await told(engine, question, **values))[0][0]


async def told(engine: Engine, statement: str, **values: Any) -> Sequence[Any]:
    assert isinstance(engine.layer, SqlLayer)
    async with engine.layer.engine.begin() as connection:
        result = await connection.execute(sa.text(statement), values)
        return result.all() if result.returns_rows else []


async def meters(engine: Engine) -> list[str]:
    return sorted(reading.meter for reading in await engine.session().read(Reading.browse))


async def test_partitions_are_made_ahead_and_what_none_holds_is_kept_all_the_same(engine: Engine) -> None:
    await sweep(engine)
    today = await day(engine, 0)
    assert [(each.start, each.ours) for each in await standing(engine)] == [(today + n * DAY, True) for n in range(3)]
    given = {"now": today, "then": today - DAY, "later": today + 9 * DAY}
    await engine.session().create_all(Reading.take, [{"meter": a, "at": b} for a, b in given.items()])
    places = dict(await told(engine, "SELECT meter, tableoid::regclass::text FROM readings"))
    assert places == {"now": f"readings_from_{today:%Y%m%d%H}", "then": "readings_default", "later": "readings_default"}
    await sweep(engine)
    assert len(await standing(engine)) == 3


async def test_what_is_past_is_dropped_whole_and_the_rest_goes_in_batches(engine: Engine) -> None:
    days = {"whole": await made(engine, 4), "half": await made(engine, 3), "none": await day(engine, 9)}
    for meter, start in days.items():
        await engine.session().create(Reading.take, {"meter": meter, "at": start})
    await engine.session().create(Reading.take, {"meter": "young", "at": await day(engine, 0)})
    rule = await sweep(engine)
    assert (rule.removed, rule.caught_up) == (2, True)
    assert rule.says == "3 days from `at` on, 1 days of them together"
    # Of a day that is not over for all of it, the records go together, later.
    assert await meters(engine) == ["half", "young"]
    assert min(each.start for each in await standing(engine) if each.start) == days["half"]


async def test_a_partition_begins_behind_what_the_rest_holds(engine: Engine) -> None:
    today = await day(engine, 0)
    await engine.session().create(Reading.take, {"meter": "early", "at": today + DAY})
    await sweep(engine)
    hour = timedelta(hours=1)
    assert [each.start for each in await standing(engine)] == [today, today + DAY + hour, today + 2 * DAY]
    assert await meters(engine) == ["early"]


async def test_a_partition_that_somebody_has_attached_is_left_alone_and_made_room_for(engine: Engine) -> None:
    old, today = await day(engine, 7), await day(engine, 0)
    for name, start, end in (("archive", old, old + DAY), ("night", today, today + DAY / 2)):
        await told(engine, f"CREATE TABLE {name} (LIKE readings INCLUDING CONSTRAINTS)")
        await told(engine, f"ALTER TABLE readings ATTACH PARTITION {name} FOR VALUES FROM ('{start}') TO ('{end}')")
    await engine.session().create(Reading.take, {"meter": "archived", "at": old})
    rule = await sweep(engine)
    assert (rule.removed, rule.caught_up) == (0, True)
    assert await asked(engine, "SELECT count(*) FROM archive") == 1
    bounds = [(each.start, each.end, each.ours) for each in await standing(engine)]
    assert bounds[:3] == [
        (old, old + DAY, False),
        (today, today + DAY / 2, False),
        (today + DAY / 2, today + DAY, True),
    ]


async def test_a_partition_with_a_record_that_stays_is_emptied_around_it(engine: Engine) -> None:
    start = await made(engine, 5)
    given = [{"meter": "kept", "at": start, "settled": False}, {"meter": "gone", "at": start, "settled": True}]
    kept, _ = await engine.session().create_all(Reading.take, given)
    assert (await sweep(engine)).removed == 1
    assert await meters(engine) == ["kept"]
    await engine.session().update(Reading.settle, kept.number, {"settled": True})
    assert (await sweep(engine)).removed == 2
    assert start not in [each.start for each in await standing(engine)]


async def test_whoever_reads_for_long_is_not_waited_for_and_nothing_is_lost(engine: Engine) -> None:
    start = await made(engine, 5)
    await engine.session().create(Reading.take, {"meter": "old", "at": start})
    assert isinstance(engine.layer, SqlLayer)
    async with engine.layer.engine.connect() as reader:
        await reader.execute(sa.text("SELECT * FROM readings"))
        rule = await sweep(engine)
        assert (rule.removed, rule.caught_up) == (0, False)
        assert await meters(engine) == ["old"]
        # No partition could be attached either, so what is written now is in the one for all the rest.
        await engine.session().create(Reading.take, {"meter": "new", "at": await day(engine, 0)})
    rule = await sweep(engine)
    assert (rule.removed, rule.caught_up) == (1, True)
    assert await meters(engine) == ["new"]
    assert await asked(engine, "SELECT count(*) FROM readings_default") == 1


async def test_events_that_go_with_a_partition_are_gone_for_cursors_too(engine: Engine) -> None:
    events, log = METERS.of(Event), engine.services[Log]
    every = events.retention.partition_every if events.retention is not None else None
    assert every is not None
    now = await asked(engine, "SELECT now()")
    (old, end), *_ = spans(every, now - timedelta(days=110), 1)
    async with engine.layer.transaction() as tx:
        partitions = tx.partitions(events)
        assert partitions is not None
        await partitions.add(old, end)
    write = (
        'INSERT INTO events ("transaction", type, target_type, target_id, request_id, data, at)'
        " SELECT n, 'a.b', 'A', '1', gen_random_uuid(), '{}', at"
        " FROM unnest(CAST(:n AS int[]), CAST(:at AS timestamptz[])) AS t (n, at)"
    )
    # As one that began before the others may write after them, what is kept is not all behind what is gone.
    await told(engine, write, n=[1, 3, 2, 4], at=[old, old, now, now])
    await sweep(engine)
    epoch = await current_epoch(engine.layer, METERS.of(LogEpoch))
    assert (epoch.begins.transaction, epoch.begins.seq) == (3, 2)
    left = [entry.position.transaction for entry in await log.after(LogPosition(), None)]
    assert left[:2] == [2, 4]
    feed = Feed(log)
    with pytest.raises(NotFound, match="kept no longer"):
        await feed.reached(f"{epoch.name}.2.3")
    assert (await feed.reached("0.0")).transaction == 3


async def test_a_rule_that_a_partition_upholds_is_told_as_that_of_the_table(engine: Engine) -> None:
    session, today = engine.session(), await day(engine, 0)
    site = await session.create(Site.found, {})
    # The first is in the partition for all the rest, the second in one of its own.
    for at in (today, today + 2 * DAY):
        given = {"meter": "a", "at": at, "site_id": site.id}
        for same in (given, {**given, "meter": "A"}):
            with pytest.raises(Conflict) as refused:
                await session.create_all(Reading.take, [{**given, "meter": "b"}, given, same])
            assert (refused.value.issues[0].code, refused.value.issues[0].path[0]) == ("taken", 2)
        with pytest.raises(Invalid) as unknown:
            await session.create(Reading.take, {**given, "site_id": uuid7()})
        with pytest.raises(Invalid, match="at most 9 characters"):
            async with engine.layer.transaction() as tx:
                await tx.insert(METERS.of(Reading), [{**given, "meter": "0123456789", "settled": True}])
        assert unknown.value.issues[0].code == "no_such_record"
        await session.create(Reading.take, given)
        with pytest.raises(Conflict) as held:
            await session.destroy(Site.close, site.id)
        assert held.value.issues[0].code == "in_use"
        await sweep(engine)
