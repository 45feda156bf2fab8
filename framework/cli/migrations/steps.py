"""The steps that a command is about, with the database they are carried out in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from framework.cli.declared import Declared, declared
from framework.cli.interrupted import until_interrupted
from framework.cli.output import failure_json, print_failure, print_json, stderr_console
from framework.embedded.servers import servers
from framework.errors import Conflict, Failure, Invalid
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.operations.lock_policy import LockPolicy

DomainName = Annotated[
    str | None, typer.Option("--domain", help="The domain whose steps are meant, where several keep some.")
]
OUTSIDE = Conflict(
    "interrupted outside of any step; the steps that were carried out stay",
    code="interrupted",
    hint="nothing is lost: the same again goes on",
)


@asynccontextmanager
async def declared_steps() -> AsyncIterator[Migrations]:
    """The steps of what is declared; raises Invalid where no domain says where its migrations are kept."""
    what = declared()
    _refuse_without_folder(what)
    async with servers(what.settings) as known:
        yield steps_at(what, known.database_url)


@asynccontextmanager
async def interruptible(*, json: bool) -> AsyncIterator[None]:
    """Within it a signal ends what is being carried out; what stays is told, and the exit code says the signal."""
    async with until_interrupted() as seen:
        try:
            yield
        except asyncio.CancelledError as cancelled:
            told = cancelled.__cause__ if isinstance(cancelled.__cause__, Failure) else OUTSIDE
            if json:
                print_json({"error": failure_json(told)})
            else:
                print_failure(told, stderr_console())
            raise
    if seen.by is not None:
        raise typer.Exit(seen.code)


def steps_at(what: Declared, url: str) -> Migrations:
    """The steps of what is declared, in the database at that address."""
    known = what.settings
    policy, role = LockPolicy.of(known), known.database_role
    return Migrations(what.spec, url, what.migrations, known.version_table, policy, role)


def _refuse_without_folder(what: Declared) -> None:
    if not what.migrations:
        raise Invalid(
            f"no domain of {what.settings.domains} says where its migrations are kept",
            code="no_migrations",
            path=("migrations",),
            hint='say it in the domain: Domain("shop", …, migrations="shop.migrations")',
        )
