"""Several API processes behind one port: started together, each started anew when it dies or hangs, ended in order."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from framework.actions.verb import load_verb
from framework.cli.child_log import PassedOnLog
from framework.cli.children import Child, keep
from framework.cli.declared import declared
from framework.cli.interrupted import until_interrupted
from framework.cli.output import print_json
from framework.cli.processes import with_addresses
from framework.cli.running import REFUSE_EXPOSED, environment_of
from framework.cli.single_instance import free_port
from framework.embedded.servers import servers
from framework.log_lines import configure_logging
from framework.processes.kept import SharedPort
from framework.settings import Settings
from framework.telemetry import log

BACKLOG = 2048


async def serve_by_several(settings: Settings, number: int, *, json: bool) -> None:
    """Serves until a signal, which all of them are passed.

    The socket stays open meanwhile: whoever connects while one is started anew is answered by another, or waits.
    """
    configure_logging(settings.log_level, style="json" if settings.log_json else "console")
    settings = settings.model_copy(update={"port": free_port(settings.host, settings.port)})
    with _listening(settings) as port, tempfile.TemporaryDirectory(prefix="dspex-api-") as folder:
        async with until_interrupted(), servers(settings) as known:
            settings = with_addresses(settings, known)
            if not settings.is_local:
                await load_verb(REFUSE_EXPOSED)(declared(settings).spec, settings)
            children = [
                _child(settings, SharedPort(port.fileno(), each, Path(folder))) for each in range(1, number + 1)
            ]
            if json:
                print_json({"process": "api", "pid": os.getpid(), "port": settings.port, "processes": number})
            await _kept(children)


async def _kept(children: Sequence[Child]) -> None:
    """Until this is cancelled. One that does not start is started again, as the others serve meanwhile."""
    ready = asyncio.Event()
    ready.set()
    tasks = [asyncio.create_task(keep(child, ready=ready, tell=_tell)) for child in children]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _child(settings: Settings, port: SharedPort) -> Child:
    options, environment = ("--shared", str(port)), environment_of(settings)
    return Child("api", PassedOnLog(), environment, settings.hang_seconds, options, handed=(port.socket,))


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family, kind, protocol, _, place = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(BACKLOG)
        listener.setblocking(False)  # noqa: FBT003 - Python's
        yield listener


def _tell(said: str) -> None:
    log.warning("api.process", says=said)
