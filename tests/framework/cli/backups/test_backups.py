"""A backup made while a job is under way, brought back elsewhere, where the job goes on."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from framework import STANDARD, Attr, Create, Job, Read, Resource, enqueue, primary_key, verb
from framework.cli.backups import programs
from framework.cli.backups.backup import backed_up
from framework.cli.backups.restore import brought_back
from framework.cli.declared import Declared
from framework.compiler.domain import Domain, compile_domain
from framework.declare.attributes import attribute
from framework.errors import Conflict, Invalid, NotFound, Unavailable
from framework.events.log_position import LogPosition
from framework.jobs.job_run import JobRun
from framework.jobs.lease import claim_next
from framework.jobs.reaper import reap
from framework.jobs.runner import run_next
from framework.runtime.runtime import Runtime, assemble
from framework.settings import load_settings
from framework.sql.engine import create_tables
from framework.testing.settled import until_settled
from tests.conftest import MakeDatabase


class Letter(Resource):
    id: Attr[UUID] = primary_key()
    text: Attr[str] = attribute(max_length=80)
    browse = Read()
    create = Create(accept=[text], then=enqueue("send"))
    send = Job(verb("tests.framework.cli.backups.test_backups:send"))


async def send(run: JobRun) -> None:
    """Nothing has to be done."""


LETTERS = Domain("letters", [Letter], STANDARD)


def at(url: str, redis_url: str) -> tuple[Declared, Runtime]:
    settings = load_settings(database_url=url, redis_url=redis_url)
    what = Declared(settings, [LETTERS], compile_domain(LETTERS))
    return what, assemble(what.spec, settings, connections=2)


async def test_a_job_that_was_under_way_is_taken_up_again_and_all_events_are_told(
    fresh_database_url: str, make_database: MakeDatabase, clean_redis_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "letters.backup"
    what, before = at(fresh_database_url, clean_redis_url)
    await create_tables(before.layer)
    await before.engine.session().create(Letter.create, {"text": "dear"})
    # Its worker has it while the backup is made, and will not be there any more.
    assert await claim_next(before.engine, "default", "gone", seconds=0.0) is not None
    made = await backed_up(what, fresh_database_url, file)
    await until_settled(before.log)
    told = [entry.type for entry in await before.log.after(LogPosition())]
    assert told
    await before.close()
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Invalid, match="is there already"):
        await backed_up(what, fresh_database_url, file)
    with pytest.raises(Conflict, match="the database is not empty: it has `public"):
        await brought_back(what, fresh_database_url, file)

    elsewhere = await make_database()
    what, after = at(elsewhere, clean_redis_url)
    assert await brought_back(what, elsewhere, file) == made
    async with after.layer.snapshot_read() as reader:
        assert await reader.count(what.spec.of(Letter), None) == 1
    await until_settled(after.log)
    assert [entry.type for entry in await after.log.after(LogPosition())] == told
    assert await reap(after.engine, after.dispatcher) == 1
    assert await run_next(after.engine, "default")
    assert await after.engine.session().read(Letter.browse)
    await after.close()


async def test_a_backup_brought_back_into_its_own_database_begins_another_epoch(
    fresh_database_url: str, clean_redis_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "letters.backup"
    what, runtime = at(fresh_database_url, clean_redis_url)
    await create_tables(runtime.layer)
    await runtime.engine.session().create(Letter.create, {"text": "dear"})
    await until_settled(runtime.log)
    old = await runtime.feed.end()
    await backed_up(what, fresh_database_url, file)
    # As a host has it that lets nobody make databases: the identity stays.
    async with runtime.layer.engine.begin() as connection:
        await connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        await connection.execute(sa.text("CREATE SCHEMA public"))
    await brought_back(what, fresh_database_url, file)
    with pytest.raises(NotFound, match="restored"):
        await runtime.feed.reached(old)
    told = await runtime.log.after(await runtime.feed.reached("0.0"))
    assert [entry.position.transaction for entry in told] == [0] * len(told) != []
    await runtime.close()


async def test_what_was_damaged_or_is_none_is_refused_before_anything_is_written(
    fresh_database_url: str, clean_redis_url: str, tmp_path: Path
) -> None:
    what, runtime = at(fresh_database_url, clean_redis_url)
    await runtime.close()
    file, other = tmp_path / "a.backup", tmp_path / "b.backup"
    await backed_up(what, fresh_database_url, file)
    with zipfile.ZipFile(file) as whole, zipfile.ZipFile(other, "w") as damaged:
        damaged.writestr("manifest.json", whole.read("manifest.json"))
        damaged.writestr("database.dump", whole.read("database.dump") + b"more")
    half = tmp_path / "half.backup"
    half.write_bytes(file.read_bytes()[:-100])
    for each in (other, half, tmp_path / "none"):
        with pytest.raises(Invalid, match="is no whole backup"):
            await brought_back(what, fresh_database_url, each)
    # An empty database is one that can be kept, and brought back.
    await brought_back(what, fresh_database_url, file)


async def test_a_table_that_is_being_altered_is_waited_for_within_a_bound(
    fresh_database_url: str, clean_redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "LOCK_SECONDS", 0.05)
    what, runtime = at(fresh_database_url, clean_redis_url)
    await create_tables(runtime.layer)
    async with runtime.layer.engine.begin() as connection:
        await connection.execute(sa.text("LOCK TABLE letters IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(Unavailable, match="LOCK TABLE public"):
            await backed_up(what, fresh_database_url, tmp_path / "a.backup")
    await runtime.close()
    assert [*os.scandir(tmp_path)] == []


async def test_a_dump_that_fails_leaves_no_file(fresh_database_url: str, clean_redis_url: str, tmp_path: Path) -> None:
    what, runtime = at(fresh_database_url, clean_redis_url)
    await runtime.close()
    url = fresh_database_url.replace("/test_", "/none_")
    with pytest.raises(Unavailable, match="does not exist"):
        await backed_up(what, url, tmp_path / "a.backup")
    assert [*os.scandir(tmp_path)] == []
