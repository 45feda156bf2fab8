"""The command that runs everything in one terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from framework.callers.named_hosts import refuse_nameless
from framework.cli.declared import declared
from framework.cli.interrupted import until_interrupted
from framework.cli.output import Json, print_json, stderr_console
from framework.cli.port import Port
from framework.cli.running import Installation, running
from framework.settings import load_settings

Data = Annotated[Path | None, typer.Option("--data", help="Where everything is kept.")]


async def up(*, port: Port = None, data: Data = None, json: Json = False) -> None:
    """Run everything: PostgreSQL and Redis unless given, migrations, API and worker."""
    given = {name: value for name, value in (("port", port), ("data_dir", data)) if value is not None}
    what = declared(load_settings(**given))
    refuse_nameless(what.settings)
    async with until_interrupted(), running(what, tell=_tell(json=json)) as place:
        if json:
            print_json(_values(place))
        else:
            _show(place)
        await asyncio.Event().wait()


def _tell(*, json: bool) -> Callable[[str], None]:
    if json:
        return lambda said: print_json({"says": said})
    return lambda said: stderr_console().print(f"[dim]{escape(said)}[/dim]", soft_wrap=True)


def _values(place: Installation) -> dict[str, Any]:
    return {
        "url": place.url,
        "graphql": place.graphql,
        "docs": place.docs,
        "data_dir": str(place.data_dir),
        "logs": [str(log) for log in place.logs],
    }


def _show(place: Installation) -> None:
    table = Table.grid(padding=(0, 2))
    rows = {
        "API": place.url,
        "GraphiQL": place.graphql,
        "OpenAPI": place.docs,
        "data": str(place.data_dir),
        "logs": ", ".join(str(log) for log in place.logs),
    }
    for name, value in rows.items():
        table.add_row(f"[bold]{name}[/bold]", escape(value))
    console = stderr_console()
    console.print(table)
    console.print("[dim]Ctrl-C stops everything[/dim]")
