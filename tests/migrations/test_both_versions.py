"""Two versions of a program over one database: an expand is taken while the old one writes, and a contract after it."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import httpx

from framework.cli.single_instance import free_port
from framework.compiler.domain import compile_domain
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.plan.decided.decisions import Decisions, StepMode
from framework.testing.until import PATIENCE, until
from tests.migrations.test_own_domain import execute, started

ROOT = Path(__file__).parents[2]
SHOP = '''
from uuid import UUID, uuid4

from framework import STANDARD, Attr, Create, Domain, Job, Read, Resource, Update, attribute, enqueue, primary_key, verb
from framework.jobs.job_run import JobRun


class Note(Resource):
    """Something written down."""

    id: Attr[UUID] = primary_key()
    {columns}
    browse = Read()
    create = Create(accept=[{title}], then=enqueue("polish"))
    update = Update(accept=[{title}, stars])
    polish = Job(verb("shop:polish"), queue="notes")


SHOP = Domain("shop", [Note], STANDARD, migrations="shop.migrations")


async def polish(run: JobRun) -> None:
    """Gives the note a star."""
    await run.session.update(Note.update, run.target_id, {{"stars": 5}})
'''
OLD = """title: Attr[str] = attribute(max_length=80)
    stars: Attr[int] = attribute(default=0)"""
NEW = """heading: Attr[str] = attribute(max_length=80, renamed_from="title")
    stars: Attr[int] = attribute(default=0, ge=0)
    code: Attr[UUID] = attribute(default_factory=uuid4)
    state: Attr[str] = attribute(default="new")"""


@dataclass(slots=True)
class Version:
    """A version of the program: its code, its processes, and what was asked of it."""

    folder: Path
    title: str
    url: str
    written: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    writes: bool = True

    def migrations(self, url: str) -> Migrations:
        """Its steps."""
        spec = importlib.util.spec_from_file_location(f"shop_{self.title}", self.folder / "shop" / "__init__.py")
        assert spec is not None
        assert spec.loader is not None
        module: ModuleType = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return Migrations(compile_domain(module.SHOP), url, {"shop": self.folder / "shop" / "migrations"})

    async def write(self, http: httpx.AsyncClient) -> None:
        """A note made and changed, again and again."""
        while self.writes:
            number = len(self.written)
            made = await http.post(f"{self.url}/api/notes", json={self.title: f"note {number}"})
            if made.is_success:
                key = made.json()["id"]
                self.written.append(key)
                made = await http.patch(f"{self.url}/api/notes/{key}", json={self.title: f"changed {number}"})
            if not made.is_success:
                self.failed.append(made.text)
            await asyncio.sleep(0.3)

    async def standing(self, http: httpx.AsyncClient) -> tuple[int, str]:
        """Whether it is ready, and how the tables stand for it."""
        try:
            answer = await http.get(f"{self.url}/readyz")
        except httpx.TransportError:
            return 0, ""
        return answer.status_code, answer.json().get("schema", "").partition(":")[0]

    @asynccontextmanager
    async def running(self, *commands: str, **environment: str) -> AsyncIterator[None]:
        """Its API, its worker, or both."""
        port = self.url.rpartition(":")[2]
        given = {**os.environ, **environment, "DSPEX_DOMAINS": "shop:SHOP", "DSPEX_WORKER_CONCURRENCY": "1"}
        given["PYTHONPATH"] = os.pathsep.join([str(self.folder), str(ROOT)])
        processes = [
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "framework.cli.main", *words, "--parent", str(os.getpid())),
                cwd=self.folder,
                env=given,
                stderr=asyncio.subprocess.DEVNULL,
            )
            for words in ([each, *(["--port", port] if each == "api" else [])] for each in commands)
        ]
        try:
            yield
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                await asyncio.wait_for(process.wait(), PATIENCE)


def version(folder: Path, columns: str, title: str) -> Version:
    """Its code, in a folder of its own."""
    package = folder / "shop"
    (package / "migrations").mkdir(parents=True)
    (package / "__init__.py").write_text(SHOP.format(columns=columns, title=title))
    return Version(folder, title, f"http://127.0.0.1:{free_port('127.0.0.1', 0)}")


async def test_old_and_new_run_beside_each_other(fresh_database_url: str, clean_redis_url: str, tmp_path: Path) -> None:
    old, new = version(tmp_path / "old", OLD, "title"), version(tmp_path / "new", NEW, "heading")
    first = old.migrations(fresh_database_url)
    path = await started(first)
    steps = new.migrations(fresh_database_url)
    shutil.copy(path, new.folder / "shop" / "migrations")
    servers = {"DATABASE_URL": fresh_database_url, "REDIS_URL": clean_redis_url, "DSPEX_POLL_SECONDS": "0.2"}
    async with AsyncExitStack() as stack, httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http:
        of_new = await stack.enter_async_context(AsyncExitStack())
        of_old = await stack.enter_async_context(AsyncExitStack())
        assert len(await steps.written("Grown", Decisions(modes=frozenset({StepMode.SPLIT, StepMode.ONLINE})))) == 2
        await of_old.enter_async_context(old.running("api", "worker", **servers))
        await of_new.enter_async_context(new.running("api", "worker", **servers))
        await until(lambda: stands(old, http, 200, "as this program knows it"))
        await until(lambda: stands(new, http, 503, "the database is behind, by 1 step"))

        writes = [asyncio.create_task(old.write(http))]
        await until(lambda: len(old.written) > 5)
        assert len(await steps.expand()) == 1
        await until(lambda: stands(new, http, 200, "as this program knows it"))
        writes.append(asyncio.create_task(new.write(http)))
        seen = len(old.written)
        await until(lambda: len(new.written) > 10 and len(old.written) > seen + 5)
        assert (await old.standing(http))[0] == 200

        old.writes = False
        await writes[0]
        await of_old.aclose()
        await steps.upgrade()
        seen = len(new.written)
        await until(lambda: len(new.written) > seen + 5)
        new.writes = False
        await writes[1]
        everything = len(old.written) + len(new.written)
        done = "SELECT count(*) FROM jobs WHERE state = 'succeeded'"
        await until(lambda: holds(steps, done, everything))
        await until(lambda: stands(new, http, 200, "as this program knows it"))
    assert (old.failed, new.failed) == ([], [])
    assert await steps.check() == []
    changed = "heading LIKE 'changed %' AND code IS NOT NULL AND state = 'new'"
    assert await execute(steps, f"SELECT count(*), count(*) FILTER (WHERE {changed}) FROM notes") == [(everything,) * 2]


async def stands(version: Version, http: httpx.AsyncClient, status: int, says: str) -> bool:
    return await version.standing(http) == (status, says)


async def holds(steps: Migrations, query: str, value: int) -> bool:
    return await execute(steps, query) == [(value,)]


def listed(version: Version) -> str:
    return ", ".join(f"'{key}'" for key in version.written)
