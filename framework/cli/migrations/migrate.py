"""The command that brings the database to what is declared."""

from __future__ import annotations

import sys
from enum import Enum
from typing import Annotated

import typer

from framework.actions.verb import load_verb
from framework.cli.declared import Declared, declared
from framework.cli.migrations.steps import declared_steps, steps_at
from framework.cli.output import Json, print_json, stderr_console
from framework.cli.processes import with_addresses
from framework.embedded.servers import servers
from framework.errors import Invalid
from framework.runtime.runtime import address, assemble
from framework.settings import Settings
from framework.sql.migrations.migrations import Migrations

Expand = Annotated[
    bool, typer.Option("--expand", help="Stop before the first step that the code before it could not live beside.")
]
Sql = Annotated[bool, typer.Option("--sql", help="Print the SQL of the steps that are waiting; carry out nothing.")]


class Until(Enum):
    """How far to go: to the end, or to the first contract."""

    END = "end"
    CONTRACT = "contract"


async def migrate(*, sql: Sql = False, expand: Expand = False, json: Json = False) -> None:
    """Bring the database to what is declared, then what follows from it (the domains' `after_migrate`)."""
    if sql and json:
        raise Invalid("--sql prints SQL, so leave out --json", code="contradiction", path=("json",))
    if sql and expand:
        raise Invalid("--sql prints all that is waiting, so leave out --expand", code="contradiction", path=("expand",))
    if sql:
        async with declared_steps() as known:
            sys.stdout.write(await known.upgrade_sql())
        return
    what = declared()
    async with servers(what.settings) as addresses:
        settings = with_addresses(what.settings, addresses)
        steps = await _carried_out(what, settings, Until.CONTRACT if expand else Until.END)
        written = await _of(what, settings).history() if what.migrations else []
    if json:
        print_json({"steps": steps, "after_migrate": [str(each) for each in what.spec.after_migrate]})
        return
    for step in steps:
        stderr_console().print(f"  {step}")
    nothing = "the tables stand as the steps say" if written else "there is no step yet: write one, dspex revision -m …"
    stderr_console().print(f"{len(steps)} steps carried out" if steps else nothing)


def _of(what: Declared, settings: Settings) -> Migrations:
    return steps_at(what, address(settings.database_url, "DATABASE_URL"))


async def bring_up(what: Declared, settings: Settings) -> list[str]:
    """Carries out the steps that are waiting, and tells which; then runs what has to follow every migration."""
    return await _carried_out(what, settings, Until.END)


async def _carried_out(what: Declared, settings: Settings, until: Until) -> list[str]:
    steps = _of(what, settings)
    waiting = await steps.pending() if what.migrations else []
    if waiting and until is Until.CONTRACT:
        left = await steps.expand()
        waiting = [step for step in waiting if step not in left]
    elif waiting:
        await steps.upgrade()
    runtime = assemble(what.spec, settings, connections=2)
    try:
        for each in what.spec.after_migrate:
            await load_verb(each)(runtime.engine.session(runtime.context("migrate")))
    finally:
        await runtime.close()
    return waiting
