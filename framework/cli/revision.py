"""The command that writes a migration."""

from __future__ import annotations

from typing import Annotated

import typer

from framework.cli.declared import declared
from framework.cli.output import Json, print_json, stderr_console
from framework.embedded.servers import servers
from framework.errors import Invalid
from framework.sql.migrations.migrations import Migrations

Message = Annotated[str, typer.Option("--message", "-m", help="What the step does, in a few words.")]


async def revision(*, message: Message, json: Json = False) -> None:
    """Write the migration from the tables as they are to what is declared; read it before you run it."""
    what = declared()
    if not what.migrations:
        raise Invalid(
            f"no domain of {what.settings.domains} says where its migrations are kept",
            code="no_migrations",
            path=("migrations",),
            hint='say it in the domain: Domain("shop", …, migrations="shop.migrations")',
        )
    async with servers(what.settings) as known:
        written = await Migrations(what.spec, known.database_url, what.migrations).revision(message)
    if json:
        print_json({"written": written and str(written)})
    else:
        stderr_console().print(f"written: {written}" if written else "nothing has changed, so nothing was written")
