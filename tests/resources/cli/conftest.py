"""A running installation for the commands that are its clients: API and worker, each a process of its own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from framework.cli.declared import declared
from framework.cli.running import running
from framework.embedded.servers import Servers
from framework.settings import Settings, load_settings
from resources.cli.demo import DOMAINS, EXAMPLE
from resources.cli.server import connected
from resources.cli.support_triage import DATASET, MEASURE, METRIC
from tests.conftest import MakeDatabase
from tests.installation.fixtures import Copy
from tests.resources.accounts.callers.guarded import SECRET

Run = Callable[[Coroutine[Any, Any, None]], Coroutine[Any, Any, Any]]


@pytest.fixture
async def settings(copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """What the commands find in their environment."""
    found = await copy()
    monkeypatch.setenv("DATABASE_URL", str(found.database_url))
    monkeypatch.setenv("REDIS_URL", str(found.redis_url))
    monkeypatch.setenv("DSPEX_KEY_SECRET", SECRET)
    monkeypatch.setenv("DSPEX_DATA_DIR", str(tmp_path))
    return found


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Run:
    async def run(command: Coroutine[Any, Any, None]) -> Any:
        capsys.readouterr()
        await command
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture(scope="session")
async def url(
    servers: Servers, make_database: MakeDatabase, worker_number: int, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    """Where the platform answers, with the example's program beside it."""
    # A Redis database that no other test empties.
    parts = urlsplit(servers.redis_url)
    number = 15 - worker_number % 8
    settings = load_settings(
        domains=DOMAINS,
        port=0,
        data_dir=tmp_path_factory.mktemp("installation"),
        database_url=await make_database(),
        redis_url=f"unix://{parts.path}?db={number}"
        if parts.scheme == "unix"
        else urlunsplit(parts._replace(path=f"/{number}")),
    )
    said: list[str] = []
    async with running(declared(settings), tell=said.append) as place:
        yield place.url


@pytest.fixture(scope="session")
async def tickets(url: str) -> str:
    """The name of a dataset with the example's tickets, and a metric beside it."""
    async with connected(url) as server:
        program = await server.named("programs", "signatureId", slug="triage-ticket")
        dataset = """mutation ($input: CreateDatasetInput!) {
            createDataset(input: $input) { dataset { id } errors { code message path hint } }
        }"""
        made = await server.act(dataset, input={"name": DATASET, "signatureId": program["signatureId"]})
        imported = """mutation ($id: ID!, $input: ImportDatasetExamplesInput!) {
            importDatasetExamples(id: $id, input: $input) { result { lines } errors { code message path hint } }
        }"""
        content = (EXAMPLE / "tickets.jsonl").read_text()
        await server.act(imported, id=made["id"], input={"content": content})
        await server.act(MEASURE, input=METRIC)
    return DATASET


@pytest.fixture
def three_lines(tmp_path: Path) -> Path:
    """A file of which two lines are wrong."""
    file = tmp_path / "lines.jsonl"
    file.write_text('{"inputs": {"ticket": "x"}, "labels": {"team": "sales"}}\nnope\n{"inputs": {"ticket": "y"}}\n')
    return file


@pytest.fixture
def one_line(three_lines: Path) -> Path:
    """The same file up to its first mistake."""
    three_lines.write_text(three_lines.read_text().splitlines()[0])
    return three_lines


@pytest.fixture
def marked_line(one_line: Path) -> Path:
    """The same file with a byte order mark, as some editors write it."""
    one_line.write_text(one_line.read_text(), encoding="utf-8-sig")
    return one_line
