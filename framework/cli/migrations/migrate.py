"""The command that brings the database to what is declared."""

from __future__ import annotations

import sys
from enum import Enum
from typing import Annotated

import typer

from framework.actions.verb import load_verb
from framework.cli.declared import Declared, declared
from framework.cli.migrations.steps import declared_steps, interruptible, steps_at
from framework.cli.output import Json, print_json, tell
from framework.cli.processes import with_addresses
from framework.embedded.servers import servers
from framework.errors import Invalid
from framework.runtime.runtime import address, assemble, refuse_incomplete
from framework.settings import Settings
from framework.sql.migrations.migrations import Migrations

Expand = Annotated[
    bool, typer.Option("--expand", help="Stop before the first step that the code before it could not live beside.")
]
Sql = Annotated[bool, typer.Option("--sql", help="Print the SQL of the steps that are waiting; carry out nothing.")]

NOTHING, NO_STEP = "the tables stand as the steps say", "there is no step yet: write one, dspex revision -m …"


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
            if ahead := await known.ahead():
                tell(_says_ahead(ahead))
            else:
                sys.stdout.write(await known.upgrade_sql())
        return
    what = declared()
    async with interruptible(json=json), servers(what.settings) as addresses:
        settings = with_addresses(what.settings, addresses)
        ahead = await _ahead(what, settings)
        steps = [] if ahead else await _carried_out(what, settings, Until.CONTRACT if expand else Until.END)
        written = bool(ahead or (what.migrations and await _of(what, settings).history()))
    if json:
        after = [] if ahead else what.spec.after_migrate
        print_json({"steps": steps, "after_migrate": [str(each) for each in after], "ahead": ahead})
        return
    for step in steps:
        tell(f"  {step}")
    tell(_says_ahead(ahead) if ahead else _says(steps, NOTHING if written else NO_STEP))


def _of(what: Declared, settings: Settings) -> Migrations:
    return steps_at(what, address(settings.database_url, "DATABASE_URL"))


async def _ahead(what: Declared, settings: Settings) -> list[str]:
    return await _of(what, settings).ahead() if what.migrations else []


def _says(steps: list[str], nothing: str) -> str:
    return f"{_counted(steps)} carried out" if steps else nothing


def _counted(steps: list[str]) -> str:
    return "1 step" if len(steps) == 1 else f"{len(steps)} steps"


def _says_ahead(steps: list[str]) -> str:
    return f"the database is ahead by {', '.join(steps)} (an expand that this code runs beside); nothing to do"


async def bring_up(what: Declared, settings: Settings) -> str:
    """Carries out the steps that are waiting, then what has to follow every migration, and says what was done.

    Nothing is where the database is ahead by expands: what followed them is newer than what would follow here.
    Raises Invalid before any of it for a domain that the processes which come next could not begin with.
    """
    refuse_incomplete(what.spec)
    if ahead := await _ahead(what, settings):
        return _says_ahead(ahead)
    steps = await _carried_out(what, settings, Until.END)
    return f"migrated: {_counted(steps)}" if steps else "the tables stand as declared"


async def _carried_out(what: Declared, settings: Settings, until: Until) -> list[str]:
    if not what.spec.after_migrate:
        return await _taken(what, settings, until)
    # What follows the steps needs a whole process: where it cannot be, that is told before any step is carried out.
    runtime = assemble(what.spec, settings, connections=2)
    try:
        done = await _taken(what, settings, until)
        for each in what.spec.after_migrate:
            own = runtime.engine.system("what follows a migration", runtime.context("migrate"))
            await load_verb(each)(own)
    finally:
        await runtime.close()
    return done


async def _taken(what: Declared, settings: Settings, until: Until) -> list[str]:
    steps = _of(what, settings)
    if not (what.migrations and await steps.pending()):
        return []
    return await (steps.expand() if until is Until.CONTRACT else steps.upgrade())
