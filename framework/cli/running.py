"""A whole installation, running: servers, tables, API and worker, for as long as it is held open."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from framework.actions.verb import load_verb
from framework.cli.child_log import ChildLog
from framework.cli.children import Child, keep, told
from framework.cli.declared import Declared
from framework.cli.processes import with_addresses
from framework.cli.single_instance import free_port, locked_data_dir
from framework.declare.verbs import verb
from framework.embedded.servers import servers
from framework.errors import Unavailable
from framework.settings import Settings

# By name, so that the libraries of the database are loaded while its server starts.
BRING_UP = verb("framework.cli.migrations.migrate:bring_up")
FIRST_RUN, REFUSE_EXPOSED = verb("api.exposure:first_run"), verb("api.exposure:refuse_exposed")
WORKER_ANSWERS = verb("framework.jobs.ping:worker_answers")
READY_WITHIN = 120.0
LOOK_SECONDS = 0.05
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Installation:
    """Where everything is."""

    url: str
    data_dir: Path
    logs: Sequence[Path]
    embedded: Sequence[str]

    @property
    def graphql(self) -> str:
        """GraphQL, and GraphiQL in a browser."""
        return f"{self.url}/graphql"

    @property
    def docs(self) -> str:
        """The REST API, explained."""
        return f"{self.url}/docs"


@asynccontextmanager
async def running(what: Declared, *, tell: Tell) -> AsyncIterator[Installation]:
    """The installation that the settings describe; raises before anything is started if it cannot be."""
    settings, tell = what.settings, partial(told, tell)
    with locked_data_dir(settings.data_dir):
        settings = settings.model_copy(update={"port": free_port(settings.host, settings.port)})
        embedded = [
            name for name, url in (("PostgreSQL", settings.database_url), ("Redis", settings.redis_url)) if url is None
        ]
        tell(f"starting {' and '.join(embedded)} in {settings.data_dir}" if embedded else "using the servers given")
        loading = asyncio.create_task(asyncio.to_thread(load_verb, BRING_UP))
        async with servers(settings) as known:
            settings = with_addresses(settings, known)
            tell(await (await loading)(what, settings))
            for line in await _opened(what, settings):
                tell(line)
            children = [_child(name, settings) for name in ("api", "worker")]
            logs = [child.log.path for child in children]
            place = Installation(_url(settings), settings.data_dir, logs, embedded)
            answering = asyncio.gather(_api_answers(place), _worker_answers(settings, place))
            async with _kept(children, answering, tell=tell):
                yield place


async def _opened(what: Declared, settings: Settings) -> Sequence[str]:
    """What has to be told of an installation that others may reach from now on; raises Invalid where they may not."""
    if settings.is_local:
        return ()
    lines: Sequence[str] = await (await asyncio.to_thread(load_verb, FIRST_RUN))(what.spec, settings)
    await load_verb(REFUSE_EXPOSED)(what.spec, settings)
    return lines


@asynccontextmanager
async def _kept(children: Sequence[Child], answering: asyncio.Future[Any], *, tell: Tell) -> AsyncIterator[None]:
    """The children, until this is closed; it opens when all of them answer."""
    ready = asyncio.Event()
    tasks = [asyncio.create_task(keep(child, ready=ready, tell=tell)) for child in children]
    try:
        done, _ = await asyncio.wait([*tasks, answering], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        ready.set()
        yield
    finally:
        for task in (*tasks, answering):
            task.cancel()
        await asyncio.gather(*tasks, answering, return_exceptions=True)


async def _api_answers(place: Installation) -> None:
    # It is asked whether it answers, and shown nothing; its certificate is for the names that others call it by.
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:  # noqa: S501

        async def answers() -> bool:
            try:
                return (await client.get(f"{place.url}/readyz", timeout=5)).is_success
            except httpx.TransportError:
                return False

        await _until(answers, "the API", place.logs[0])


async def _worker_answers(settings: Settings, place: Installation) -> None:
    asked = await asyncio.to_thread(load_verb, WORKER_ANSWERS)

    async def answers() -> bool:
        return bool(await asyncio.to_thread(asked, settings.redis_url, settings.prefix))

    await _until(answers, "the worker", place.logs[1])


async def _until(answers: Callable[[], Awaitable[bool]], who: str, log: Path) -> None:
    try:
        async with asyncio.timeout(READY_WITHIN):
            while not await answers():  # noqa: ASYNC110 - another process, which announces nothing
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        raise Unavailable(
            f"{who} did not answer within {READY_WITHIN:g} seconds", code="not_started", hint=f"see {log}"
        ) from None


def _child(name: str, settings: Settings) -> Child:
    file = settings.data_dir / f"{name}.log"
    log = ChildLog(file, file_bytes=settings.log_file_bytes, files=settings.log_files)
    return Child(name, log, environment_of(settings), settings.hang_seconds)


def _url(settings: Settings) -> str:
    """From here: what listens everywhere listens on loopback, too."""
    listens = "127.0.0.1" if settings.listens_everywhere else settings.host
    host = f"[{listens}]" if ":" in listens else listens
    return f"{'http' if settings.tls_cert is None else 'https'}://{host}:{settings.port}"


def environment_of(settings: Settings) -> Mapping[str, str]:
    """This process's environment, with all that was settled here."""
    return {
        **os.environ,
        "DATABASE_URL": str(settings.database_url),
        "REDIS_URL": str(settings.redis_url),
        "DSPEX_DATA_DIR": str(settings.data_dir.absolute()),
        "DSPEX_DOMAINS": settings.domains,
        "DSPEX_HOST": settings.host,
        "DSPEX_PORT": str(settings.port),
    }
