"""The two processes of an installation, begun: their servers found, their logging set up, their parent watched.

`api` and `workers` put together what the framework derives; they stand above it, so it may not import them. They are
named here, as a domain names its verbs, and loaded by the process that runs them and no other.
"""

from __future__ import annotations

import asyncio
import faulthandler
import os
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import Annotated

import typer

from framework.actions.verb import load_verb
from framework.cli.declared import declared
from framework.cli.output import print_json
from framework.declare.verbs import verb
from framework.embedded.servers import Servers, servers
from framework.log_lines import configure_logging, log_uncaught
from framework.package_name import PREFIX
from framework.processes.kept import Kept, SharedPort
from framework.processes.pulse import Pulse
from framework.runtime.heap import bound_heap
from framework.runtime.orphan import end_without
from framework.settings import Settings
from framework.spec.action import VerbRef

API = verb("api.serve:serve")
WORKER = verb("workers.work:work")

Parent = Annotated[int | None, typer.Option(hidden=True, help="The process without which this one ends.")]
Shared = Annotated[str | None, typer.Option(hidden=True, help="The port that it shares with others.")]
Restarts = Annotated[int, typer.Option(hidden=True, help="How often it was started anew.")]
Beats = Annotated[int | None, typer.Option(hidden=True, help="The pipe through which it shows that it goes on.")]


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who keeps a process, if anybody: without `parent` it ends; the pipe of its pulse, how often it was started anew,
    and the port it shares."""

    parent: int | None = None
    beats: int | None = None
    restarts: int = 0
    shared: str | None = None

    @property
    def kept(self) -> Kept:
        """What the process has of it."""
        shared = None if self.shared is None else SharedPort.of(self.shared)
        return Kept(Pulse(self.beats), shared, self.restarts)


def run_process(entry: VerbRef, settings: Settings, keeper: Keeper, *, json: bool) -> None:
    """Blocks until a signal.

    SIGUSR2 has it say on standard error where each of its threads is, also while it hangs.
    """
    bound_heap()
    if keeper.parent is not None:
        end_without(keeper.parent)
    faulthandler.register(signal.SIGUSR2)
    configure_logging(settings.log_level, style="json" if settings.log_json else "console")
    log_uncaught()
    what = declared(settings)
    with _servers(settings) as known:
        if json:
            print_json({"process": entry.module.removeprefix(PREFIX).partition(".")[0], "pid": os.getpid()})
        load_verb(entry)(what.spec, with_addresses(settings, known), tuple(what.migrations.values()), keeper.kept)


def with_addresses(settings: Settings, known: Servers) -> Settings:
    """The settings, with the addresses of the servers."""
    return settings.model_copy(update={"database_url": known.database_url, "redis_url": known.redis_url})


@contextmanager
def _servers(settings: Settings) -> Iterator[Servers]:
    """The servers, held open around something that has an event loop of its own, or none."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            yield runner.run(stack.enter_async_context(servers(settings)))
        finally:
            runner.run(stack.aclose())
