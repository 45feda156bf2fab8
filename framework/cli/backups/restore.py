"""The commands that bring back what a file has kept, and that make ready what was brought back by other means."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from framework.cli.backups.archive import Manifest, read_archive
from framework.cli.backups.programs import restored
from framework.cli.declared import Declared, declared
from framework.cli.output import Json, print_json, stderr_console
from framework.cli.single_instance import locked_data_dir
from framework.embedded.servers import servers
from framework.events.event import Event
from framework.events.log_epoch import LogEpoch, begin_anew
from framework.sql.engine import open_layer
from framework.sql.layer import SqlLayer
from framework.sql.restoring import admit_application, has_table, refuse_filled, settle_transactions

File = Annotated[Path, typer.Argument(help="What `dspex backup` has written.")]
NEXT = "start it: dspex up, or dspex migrate and the processes. Subscribers begin again without a cursor"


async def restore(file: File, *, json: Json = False) -> None:
    """Bring back a backup, into an installation that is empty and does not run."""
    what = declared()
    async with _database(what) as url:
        brought = await brought_back(what, url, file)
    if json:
        print_json({"file": str(file), **asdict(brought)})
    else:
        says = f"restored what {escape(str(file))} has kept since {brought.made_at}"
        stderr_console().print(f"{says}; {NEXT}", soft_wrap=True)


async def after_restore(*, json: Json = False) -> None:
    """Make ready a database that was restored by other means: pg_restore, or to a point in time."""
    what = declared()
    async with _database(what) as url:
        await made_ready(what, url)
    if json:
        print_json({"ready": True})
    else:
        stderr_console().print(f"made ready; {NEXT}", soft_wrap=True)


async def brought_back(what: Declared, url: str, file: Path) -> Manifest:
    """What the backup says of itself, once it stands in that database; raises Conflict where that is filled."""
    with read_archive(file) as (manifest, dump):
        async with open_layer(what.spec, url, connections=1) as layer:
            await refuse_filled(layer)
        await asyncio.to_thread(restored, url, dump)
    await made_ready(what, url)
    return manifest


async def made_ready(what: Declared, url: str) -> None:
    """What has to follow every restore, however it was done; done twice, cursors given in between are refused, too.

    Jobs need nothing: those that ran then have lost their worker, and are taken up again.
    """
    async with open_layer(what.spec, url, connections=1, role=what.settings.database_role) as layer:
        await admit_application(layer)
        await _end_cursors(what, layer)


async def _end_cursors(what: Declared, layer: SqlLayer) -> None:
    """Events are told again in the order of their numbers; places in the log that were given before mean nothing.

    The database may have the identity that it had before, so its epoch is ended here. First, as places of an epoch that
    went on would pass over what is told anew.
    """
    epochs, events = what.spec.of(LogEpoch), what.spec.of(Event)
    if await has_table(layer, epochs):
        async with layer.transaction() as tx:
            await begin_anew(tx, epochs)
    if await has_table(layer, events):
        await settle_transactions(layer, events, "transaction")


@asynccontextmanager
async def _database(what: Declared) -> AsyncIterator[str]:
    """Its address; an embedded one belongs to nobody else meanwhile."""
    settings = what.settings
    alone = locked_data_dir(settings.data_dir) if settings.database_url is None else nullcontext()
    with alone:
        async with servers(settings) as known:
            yield known.database_url
