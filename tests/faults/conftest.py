"""One running system for all these tests, and what they work with in it."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from framework.compiler.domain import compile_domain
from framework.testing.model_server import ModelServer
from framework.testing.until import PATIENCE, until
from resources import PLATFORM
from tests.faults.stream import DONE, Watcher
from tests.faults.system import System, answers, running
from tests.installation.answer import Asked
from tests.installation.graphql_client import GraphqlClient
from tests.installation.making import Subject, a_subject, unique

MISTAKE = re.compile(r"Traceback|\"level\": \"(?:error|critical)\"|ERROR|CRITICAL")
# What Celery says of a killed child, and we of a killed beat; of a Redis that is away; and what a busy machine makes
# of a loop.
DONE_BY_US = re.compile(
    r"signal 9 \(SIGKILL\)|Could not start worker processes|\"event\": \"(?:loop\.hangs|worker\.beat_ended)\""
    r"|Cannot connect to redis|Couldn't ack '[^']+', reason:network"
)
DOMAIN = compile_domain(PLATFORM)
# Candidates beside the three that are always tried: trial 1 to 6.
TRIALS = 6
# In the held-out split of the data.
EXAMPLES = 12
SLOW = {"params": {"latency_ms": 60}}
SEARCH = {
    "optimizer": "BOOTSTRAP_FEW_SHOT_WITH_RANDOM_SEARCH",
    "params": {"num_candidates": TRIALS - 3},
    "concurrency": 4,
}


class User:
    """Somebody who uses the system through its API alone."""

    def __init__(self, system: System, graphql: GraphqlClient) -> None:
        self.system, self.graphql = system, graphql

    async def model(self, **given: Any) -> str:
        """A model of their own."""
        offline = {"provider": "offline", "model": "in-context"}
        made = await self.graphql.act("LanguageModel.create", name=unique("model"), **{**offline, **given})
        return str(made.made["id"])

    async def subject(self, **model: Any) -> Subject:
        """A program over a model of their own, with data and a metric."""
        return await a_subject(self.graphql, model_id=await self.model(**model))

    async def optimize(self, subject: Subject, **more: Any) -> Watcher:
        """A search that was started; nobody watches it yet."""
        started = await self.graphql.act("Optimization.start", **subject.inputs, **{**SEARCH, **more})
        return Watcher(self.system.url, started.made["id"])

    async def undisturbed(self, **more: Any) -> Watcher:
        """The usual search, with nothing in its way."""
        watched = await self.optimize(await self.subject(), **more)
        await watched.until_end()
        return watched

    async def evaluate(self, subject: Subject) -> Watcher:
        """An evaluation that was started."""
        started = await self.graphql.act("Evaluation.start", **subject.inputs, split="TEST")
        return Watcher(self.system.url, started.made["id"], DONE)

    async def optimization(self, watched: Watcher) -> Any:
        """What became of a search."""
        return (await self.graphql.get("Optimization", watched.id)).made

    async def job(self, watched: Watcher) -> Any:
        """The job of a record."""
        page = await self.graphql.list("Job", Asked(filter={"targetId": {"eq": watched.id}}))
        (job,) = page.made["items"]
        return job

    async def trials(self, watched: Watcher) -> list[int]:
        """The numbers of the trials on record."""
        asked = Asked(filter={"optimizationId": {"eq": watched.id}}, sort=("number",), limit=100)
        page = await self.graphql.list("Trial", asked)
        return [trial["number"] for trial in page.made["items"]]


@pytest.fixture(scope="session")
def data_dir() -> Iterator[Path]:
    """A folder whose path is short enough for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="dspex-faults-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def shared(data_dir: Path) -> AsyncIterator[System]:
    """The system that all tests of this process break in turn."""
    async with running(data_dir) as system:
        yield system


@pytest.fixture
async def system(shared: System) -> AsyncIterator[System]:
    """The system, well before the test and after it, and without a mistake of ours in its logs."""
    await until(lambda: answers(shared))
    before = {name: len(shared.log(name)) for name in ("api", "worker")}
    yield shared
    await until(lambda: answers(shared))
    said = {name: shared.log(name)[length:] for name, length in before.items()}
    assert {name: mistakes(text) for name, text in said.items()} == {"api": [], "worker": []}


@pytest.fixture
async def user(system: System) -> AsyncIterator[User]:
    """Somebody who uses the system."""
    async with httpx.AsyncClient(base_url=system.url, trust_env=False, timeout=PATIENCE) as http:
        yield User(system, await GraphqlClient.introspected(DOMAIN, http))


@pytest.fixture
def endpoint() -> Iterator[ModelServer]:
    """A model that is asked over HTTP."""
    with ModelServer() as server:
        yield server


def mistakes(text: str) -> list[str]:
    """Everything in a log that nobody meant to say: tracebacks and errors, unless they tell what the test did."""
    parts = re.split(r"\n(?=\{|\[\d{4}-)", text)
    said = [part for part in parts if MISTAKE.search(part)]
    return [part for part in said if not DONE_BY_US.search(part)]
