"""The command that brings the database to what is declared."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from framework.actions.verb import load_verb
from framework.cli.declared import Declared, declared
from framework.cli.migrations.steps import declared_steps
from framework.cli.output import Json, print_json, stderr_console
from framework.cli.processes import with_addresses
from framework.embedded.servers import servers
from framework.errors import Invalid
from framework.runtime.runtime import address, assemble
from framework.settings import Settings
from framework.sql.migrations.migrations import Migrations

Sql = Annotated[bool, typer.Option("--sql", help="Print the SQL of the steps that are waiting; carry out nothing.")]


async def migrate(*, sql: Sql = False, json: Json = False) -> None:
    """Bring the database to what is declared, then what follows from it (the domains' `after_migrate`)."""
    if sql and json:
        raise Invalid("--sql prints SQL, so leave out --json", code="contradiction", path=("json",))
    if sql:
        async with declared_steps() as known:
            sys.stdout.write(await known.upgrade_sql())
        return
    what = declared()
    async with servers(what.settings) as addresses:
        settings = with_addresses(what.settings, addresses)
        steps = await bring_up(what, settings)
        written = await _of(what, settings).history() if what.migrations else []
    if json:
        print_json({"steps": steps, "after_migrate": [str(each) for each in what.spec.after_migrate]})
        return
    for step in steps:
        stderr_console().print(f"  {step}")
    nothing = "the tables stand as the steps say" if written else "there is no step yet: write one, dspex revision -m …"
    stderr_console().print(f"{len(steps)} steps carried out" if steps else nothing)


def _of(what: Declared, settings: Settings) -> Migrations:
    return Migrations(what.spec, address(settings.database_url, "DATABASE_URL"), what.migrations)


async def bring_up(what: Declared, settings: Settings) -> list[str]:
    """Carries out the steps that are waiting, and tells which; then runs what has to follow every migration."""
    steps = _of(what, settings)
    waiting = await steps.pending() if what.migrations else []
    if waiting:
        await steps.upgrade()
    runtime = assemble(what.spec, settings, connections=2)
    try:
        for each in what.spec.after_migrate:
            await load_verb(each)(runtime.engine.session(runtime.context("migrate")))
    finally:
        await runtime.close()
    return waiting
