"""The command that shows the main job, on an installation of its own."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from framework.cli.declared import Declared, declared
from framework.cli.interrupted import until_interrupted
from framework.cli.output import Json, failure_json, print_failure, print_json, stderr_console
from framework.cli.port import Port
from framework.cli.running import Installation, running
from framework.cli.up import Data
from framework.errors import DeclarationError, Failure, NotFound
from framework.package_name import PREFIX, TOP
from framework.settings import load_settings
from resources.cli.scores import scores
from resources.cli.server import connected
from resources.cli.support_triage import Done, MainJob

EXAMPLE = TOP / "examples" / "support_triage"
DOMAINS = f"{PREFIX}resources:PLATFORM,{PREFIX}examples.support_triage.domain:SUPPORT"

Stay = Annotated[bool, typer.Option("--stay", help="Go on serving afterwards, until Ctrl-C.")]


async def demo(*, port: Port = 0, data: Data = None, stay: Stay = False, json: Json = False) -> None:
    """Improve a program on real tickets: import, execute, evaluate, optimize, watch, promote.

    The last line on standard output is always one JSON object; the story goes to standard error, where `--json`
    leaves it out. It ends with 0 only if all of it really happened.
    """
    since = time.monotonic()
    console = Console(stderr=True, quiet=True) if json else stderr_console()
    code = 1
    async with until_interrupted() as interrupted:
        try:
            async with running(_what(port, data), tell=lambda said: _aside(console, said)) as place:
                done = await _told(place, console)
                code = 0 if done.improved else 1
                _next(place, done, console)
                print_json(done.summary(since=since))
                if stay:
                    await asyncio.Event().wait()
        except (Failure, DeclarationError) as error:
            print_failure(error, console)
            print_json({"error": failure_json(error)})
    if interrupted.by is not None and code:
        print_json({"error": {"kind": "Interrupted", "issues": []}})
    raise typer.Exit(code and (interrupted.code or code))


def _what(port: int | None, data: Path | None) -> Declared:
    """The platform and the example beside it, in a folder of their own."""
    if not (EXAMPLE / "tickets.jsonl").exists():
        raise NotFound(f"{EXAMPLE} is not there", hint="it comes with the checkout and with the package; install again")
    if not PREFIX and str(TOP) not in sys.path:
        sys.path.append(str(TOP))
    settings = load_settings(domains=DOMAINS, port=port or 0)
    return declared(settings.model_copy(update={"data_dir": data or settings.data_dir / "demo"}))


async def _told(place: Installation, console: Console) -> Done:
    async with connected(place.url) as server:
        return await MainJob(server, console, EXAMPLE).run()


def _next(place: Installation, done: Done, console: Console) -> None:
    console.print()
    console.print(scores(done.optimization))
    console.print("[dim]answered by `offline/in-context`, a deterministic stand-in for a model; see README.md[/dim]")
    console.print()
    if not console.quiet:
        again = f"DSPEX_DOMAINS={DOMAINS} dspex up --data {place.data_dir}"
        console.print(f"  GraphiQL  {place.graphql}\n  OpenAPI   {place.docs}", highlight=False)
        console.print(f"  [dim]up as long as this runs (--stay); again with\n  {escape(again)}[/dim]", soft_wrap=True)


def _aside(console: Console, said: str) -> None:
    console.print(f"[dim]{escape(said)}[/dim]", soft_wrap=True)
