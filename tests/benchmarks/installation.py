"""An installation as a user has it: embedded servers, durable, migrated; and the processes that are measured on it."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from framework.cli.declared import declared
from framework.cli.migrations.migrate import bring_up
from framework.cli.processes import with_addresses
from framework.embedded.servers import servers
from framework.runtime.runtime import Runtime, assemble
from framework.settings import Settings, load_settings
from framework.spec.domain import DomainSpec
from tests.benchmarks.process import Program

COMMAND = "framework.cli.main"
PEER = "tests.benchmarks.peers.serve"
# `evaluate_500` asks for so many at once; unless it is said, a process has a hundred calls of one model under way.
CALLS = 500


@dataclass(frozen=True, slots=True)
class Installation:
    """What the benches share: one database, and how to start each process that uses it."""

    settings: Settings
    domain: DomainSpec

    @property
    def api(self) -> Program:
        """Our API."""
        return Program(COMMAND, ["api"], self.env, self.settings.data_dir / "api.log")

    def api_by(self, processes: int) -> Program:
        """Our API, answered by so many processes."""
        return replace(self.api, words=["api", "--processes", str(processes)])

    @property
    def worker(self) -> Program:
        """Our worker."""
        return Program(COMMAND, ["worker"], self.env, self.settings.data_dir / "worker.log")

    @property
    def peer(self) -> Program:
        """The hand-written application."""
        return Program(PEER, [], self.env, self.settings.data_dir / "peer.log")

    @property
    def env(self) -> Mapping[str, str]:
        """Where the processes that belong to it find it."""
        return {
            "DATABASE_URL": str(self.settings.database_url),
            "REDIS_URL": str(self.settings.redis_url),
            "DSPEX_DATA_DIR": str(self.settings.data_dir),
            "DSPEX_DOMAINS": self.settings.domains,
            "DSPEX_MODEL_CALLS": str(self.settings.model_calls),
        }

    @asynccontextmanager
    async def runtime(self) -> AsyncIterator[Runtime]:
        """The engine in this process, to fill the database with."""
        runtime = assemble(self.domain, self.settings, connections=2)
        try:
            yield runtime
        finally:
            await runtime.close()


@asynccontextmanager
async def installed() -> AsyncIterator[Installation]:
    """A fresh installation in a folder of its own, gone at the end; addresses in the environment are not used."""
    with tempfile.TemporaryDirectory(prefix="dspex-bench-") as folder:
        data = Path(folder)
        given = {"data_dir": data, "domains": "resources:PLATFORM", "model_calls": CALLS}
        settings = load_settings(database_url=None, redis_url=None, **given)
        what = declared(settings)
        async with servers(settings) as known:
            settings = with_addresses(settings, known)
            await bring_up(what, settings)
            yield Installation(settings, what.spec)
