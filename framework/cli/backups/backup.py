"""The command that keeps everything in one file."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from framework.cli.backups.archive import Manifest, write_archive
from framework.cli.backups.programs import dumped
from framework.cli.declared import Declared, declared
from framework.cli.migrations.steps import steps_at
from framework.cli.output import Json, print_json, stderr_console
from framework.embedded.servers import servers
from framework.errors import Failure, Invalid
from framework.findings import size

File = Annotated[Path, typer.Argument(help="The file to write; it must not be there yet.")]


async def backup(file: File, *, json: Json = False) -> None:
    """Keep the whole database in one file, while everything goes on."""
    what = declared()
    async with servers(what.settings) as known:
        made = await backed_up(what, known.database_url, file)
    if json:
        print_json({"file": str(file), **asdict(made)})
        return
    console = stderr_console()
    console.print(f"{size(made.bytes)} in {escape(str(file))}, sha256 {made.sha256}", soft_wrap=True)
    console.print("keys of models are not in it, as they are not in the database", soft_wrap=True)


async def backed_up(what: Declared, url: str, file: Path) -> Manifest:
    """What was written to the file of the database at that address."""
    _refuse(file)
    about = Manifest(datetime.now(UTC).isoformat(timespec="seconds"), version("dspex"), await _step(what, url))
    return await asyncio.to_thread(dumped, url, lambda dump: write_archive(file, dump, about))


def _refuse(file: Path) -> None:
    if file.exists():
        hint = "name another file, or move that one away first"
        raise Invalid(f"`{file}` is there already", code="file_exists", path=("file",), hint=hint)
    if not file.parent.is_dir():
        raise Invalid(f"there is no folder `{file.parent}`", code="no_folder", path=("file",), hint="make it first")


async def _step(what: Declared, url: str) -> str:
    """The last step that its tables have taken; a database that is not as its code knows it is kept all the same."""
    with suppress(Failure):
        if what.migrations:
            return next((each.revision for each in reversed(await steps_at(what, url).history()) if each.taken), "")
    return ""
