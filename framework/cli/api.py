"""The command that serves."""

from __future__ import annotations

from typing import Annotated

import typer

from framework.cli.output import Json
from framework.cli.processes import API, Beats, Kept, Parent, run_process
from framework.settings import load_settings

Port = Annotated[int | None, typer.Option(help="Where to listen.", min=0, max=65535)]


def api(*, port: Port = None, parent: Parent = None, beats: Beats = None, json: Json = False) -> None:
    """Serve GraphQL and REST, in this process."""
    settings = load_settings() if port is None else load_settings(port=port)
    run_process(API, settings, Kept(parent, beats), json=json)
