"""An installation is looked at from all sides, also while something is down."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from framework.cli.doctor.machine import room, variables
from framework.cli.single_instance import free_port
from framework.compiler.domain import Domain, compile_domain
from framework.events.extension import EVENTS
from framework.findings import Check, Finding, Verdict, looked_at
from framework.jobs.extension import JOBS
from framework.jobs.job import Job, JobState
from framework.sql.engine import open_layer
from tests.framework.cli.conftest import Run


def by_check(said: Any) -> dict[str, Any]:
    return {each["check"]: each for each in said.json["checks"]}


@pytest.fixture
def _servers(monkeypatch: pytest.MonkeyPatch, fresh_database_url: str, clean_redis_url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", fresh_database_url)
    monkeypatch.setenv("REDIS_URL", clean_redis_url)


@pytest.mark.usefixtures("_servers", "shop")
def test_tables_that_are_behind_are_bad_and_jobs_that_nobody_takes_are_told(
    run: Run, fresh_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("revision", "-m", "begin").code == 0
    said = run("doctor", "--json")
    assert (said.code, said.json["verdict"]) == (1, "bad")
    assert by_check(said)["migrations"]["do"].startswith("run dspex migrate")
    assert by_check(said)["jobs"]["verdict"] == "skipped"

    assert run("migrate").code == 0
    monkeypatch.setenv("DSPEX_PROT", "80")
    with psycopg.connect(fresh_database_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE items ALTER COLUMN name DROP NOT NULL")
    asyncio.run(lose_a_worker(fresh_database_url))
    said = run("doctor", "--json")
    found = by_check(said)
    # Only what was begun and nobody takes back is bad; the rest works.
    assert [name for name, each in found.items() if each["verdict"] == "bad"] == ["jobs"]
    assert "1 running jobs have lost their worker" in found["jobs"]["says"]
    assert "items" in found["migrations"]["says"]
    assert "did you mean `DSPEX_PORT`?" in found["settings"]["says"]
    assert (found["worker"]["verdict"], found["redis memory"]["verdict"]) == ("warn", "ok")
    assert "jobs                   1 running jobs have lost their worker" in run("doctor").out


async def lose_a_worker(url: str) -> None:
    """A job whose worker went an hour ago, and that nobody has taken back."""
    domain = compile_domain(Domain("jobs", [], [EVENTS, JOBS]))
    spec, ago = domain.of(Job), datetime.now(UTC) - timedelta(hours=1)
    defaults = {name: a.default.fresh() for name, a in spec.attributes.items() if a.default is not None}
    said = {"target_type": "Item", "target_id": "1", "action": "polish", "queue": "default", "context": {}}
    async with open_layer(domain, url, connections=1) as layer, layer.transaction() as tx:
        await tx.insert(spec, [{**defaults, **said, "state": JobState.RUNNING, "attempt": 1, "lease_expires_at": ago}])


def test_what_can_be_looked_at_is_while_both_servers_are_down(
    run: Run, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = free_port("127.0.0.1", 0)
    monkeypatch.setenv("DATABASE_URL", f"postgresql://u:hunter2@127.0.0.1:{nobody}/d")
    monkeypatch.setenv("REDIS_URL", f"redis://:hunter2@127.0.0.1:{nobody}/0")
    said = run("doctor", "--json")
    found = by_check(said)
    assert said.code == 1
    assert [name for name, each in found.items() if each["verdict"] == "bad"] == ["redis", "database"]
    assert {"ok"} == {found[name]["verdict"] for name in ("python", "libraries")}
    assert found["tables"]["verdict"] == "skipped"
    assert "hunter2" not in said.out


def test_where_no_installation_is_none_is_made(
    run: Run, shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSPEX_DATA_DIR", str(tmp_path / "none"))
    assert "dspex up makes one" in by_check(run("doctor", "--json"))["servers"]["says"]
    assert not (tmp_path / "none").exists()


async def test_a_check_that_hangs_and_one_that_breaks_are_findings() -> None:
    async def hang() -> Finding:
        await asyncio.Event().wait()
        raise AssertionError

    async def break_down() -> Finding:
        raise LookupError("nowhere")

    assert "no answer within" in (await looked_at(Check("hang", hang, within=0.01))).says
    assert (await looked_at(Check("break", break_down))).says == "could not be looked at: LookupError: nowhere"


def test_a_disk_that_is_nearly_full_is_told_before_it_is() -> None:
    found = [room(free, Path("/data")).verdict for free in (10**8, 10**9, 10**10)]
    assert found == [Verdict.BAD, Verdict.WARN, Verdict.OK]


async def test_the_address_for_commands_is_no_unknown_setting() -> None:
    known = {"DSPEX_URL": "x", "SHOP_API_KEY": "x", "DSPEX_HOST": "x", "DSPX_HOST": "x"}
    assert (await variables(known)).verdict is Verdict.OK
    assert "DSPEX_LOG_LEVLE (did you mean `DSPEX_LOG_LEVEL`?)" in (await variables({"DSPEX_LOG_LEVLE": "x"})).says
