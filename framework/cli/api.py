"""The command that serves."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from framework.cli.api_processes import serve_by_several
from framework.cli.output import Json
from framework.cli.port import Port
from framework.cli.processes import API, Beats, Keeper, Parent, Restarts, Shared, run_process
from framework.runtime.orphan import end_without
from framework.settings import load_settings

Processes = Annotated[int, typer.Option(help="How many processes answer at the port.", min=1, max=64)]


def api(
    *,
    port: Port = None,
    processes: Processes = 1,
    parent: Parent = None,
    beats: Beats = None,
    restarts: Restarts = 0,
    shared: Shared = None,
    json: Json = False,
) -> None:
    """Serve GraphQL and REST, in this process or in several that it keeps."""
    settings = load_settings() if port is None else load_settings(port=port)
    if processes > 1:
        if parent is not None:
            end_without(parent)
        asyncio.run(serve_by_several(settings, processes, json=json))
    else:
        run_process(API, settings, Keeper(parent, beats, restarts, shared), json=json)
