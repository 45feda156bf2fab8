"""What the commands tell of stored values that do not read as they are declared today."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape

from framework.spec.domain import DomainSpec
from framework.sql.connections import dispose
from framework.sql.definitions.schema import schema_of
from framework.sql.engine import open_engine
from framework.sql.statements.stored_values import OLDEST, Unreadable, unreadable_values


async def unreadable(domain: DomainSpec, url: str, *, limit: int | None = OLDEST) -> list[Unreadable]:
    """Those of the database, whose tables are as declared."""
    schema = schema_of(domain)
    return await _found(url, lambda connection: unreadable_values(schema, connection, limit=limit))


async def unreadable_so_far(domain: DomainSpec, url: str, given: Collection[str]) -> list[Unreadable]:
    """Those of the oldest records, in the columns that are as declared already, before a step makes the others so.

    `given` are the columns, with their tables, that the step gives other values.
    """
    schema = schema_of(domain)
    return await _found(url, lambda connection: unreadable_values(schema, connection, so_far=frozenset(given)))


async def _found(url: str, look: Callable[[Any], AsyncIterator[Unreadable]]) -> list[Unreadable]:
    engine = open_engine(url, connections=1)
    try:
        async with engine.connect() as connection:
            return [each async for each in look(connection)]
    finally:
        await dispose(engine)


def tell_unreadable(console: Console, stored: Sequence[Unreadable]) -> None:
    """Which there are, and the ways out."""
    for each in stored:
        console.print(f"[bold]stored values[/bold]\n  [red]{escape(str(each))}[/red]", soft_wrap=True)
    if stored:
        console.print(
            "give the model a default or an upgrade, the member its new name, or mend these records in a step of their "
            "own (dspex revision --empty)",
            soft_wrap=True,
        )
