"""The steps that a command is about, with the database they are carried out in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from framework.cli.declared import Declared, declared
from framework.embedded.servers import servers
from framework.errors import Invalid
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.operations.lock_policy import LockPolicy

DomainName = Annotated[
    str | None, typer.Option("--domain", help="The domain whose steps are meant, where several keep some.")
]


@asynccontextmanager
async def declared_steps() -> AsyncIterator[Migrations]:
    """The steps of what is declared; raises Invalid where no domain says where its migrations are kept."""
    what = declared()
    _refuse_without_folder(what)
    async with servers(what.settings) as known:
        yield steps_at(what, known.database_url)


def steps_at(what: Declared, url: str) -> Migrations:
    """The steps of what is declared, in the database at that address."""
    return Migrations(what.spec, url, what.migrations, what.settings.version_table, LockPolicy.of(what.settings))


def _refuse_without_folder(what: Declared) -> None:
    if not what.migrations:
        raise Invalid(
            f"no domain of {what.settings.domains} says where its migrations are kept",
            code="no_migrations",
            path=("migrations",),
            hint='say it in the domain: Domain("shop", …, migrations="shop.migrations")',
        )
