"""The command that looks for everything that is wrong with what is declared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape

from framework.cli.command import Command
from framework.cli.declared import Declared, declared
from framework.cli.migrations.steps import steps_at
from framework.cli.output import Json, print_json, problem_json, stderr_console
from framework.compiler.verifiers.runnable_verbs import runnable_verbs
from framework.embedded.servers import servers
from framework.errors import DeclarationError, Problem, Source
from framework.sql.connections import dispose
from framework.sql.definitions.schema import schema_of
from framework.sql.engine import open_engine
from framework.sql.statements.stored_values import OLDEST, Unreadable, unreadable_values

Data = Annotated[
    bool,
    typer.Option("--data", help=f"Look at all stored values, not only at those of the {OLDEST} oldest records."),
]


async def check(*, data: Data = False, json: Json = False) -> None:
    """Report every mistake: in the declarations, in the names of verbs, between declarations and database.

    Of a database that is as declared also stored models, lists, maps and members of enums that do not read any more.
    """
    stored: list[Unreadable] = []
    try:
        what = declared()
        problems = [*runnable_verbs(what.spec), *_commands(what)]
        async with servers(what.settings) as known:
            drift = await steps_at(what, known.database_url).check()
            if not drift:
                stored = await _unreadable(what, known.database_url, limit=None if data else OLDEST)
    except DeclarationError as error:
        problems, drift = list(error.problems), []
    if json:
        told = [problem_json(each) for each in problems]
        print_json({"problems": told, "database": drift, "stored": [*map(asdict, stored)]})
    else:
        _tell(problems, drift, stored)
    if problems or drift or stored:
        raise typer.Exit(1)


def _commands(what: Declared) -> Iterator[Problem]:
    for domain in what.domains:
        for verb in domain.commands:
            if not Command(verb).summary():
                says = f"there is no function `{verb}` with a docstring"
                yield Problem(Source(domain.name, 0), f"{domain.name}.commands", says)


async def _unreadable(what: Declared, url: str, *, limit: int | None) -> list[Unreadable]:
    schema, engine = schema_of(what.spec), open_engine(url, connections=1)
    try:
        async with engine.connect() as connection:
            return [each async for each in unreadable_values(schema, connection, limit=limit)]
    finally:
        await dispose(engine)


def _tell(problems: list[Problem], drift: list[str], stored: list[Unreadable]) -> None:
    console = stderr_console()
    for problem in problems:
        console.print(f"[bold]{escape(str(problem.at))}[/bold]\n  [red]{escape(str(problem))}[/red]", soft_wrap=True)
    for difference in drift:
        console.print(f"[bold]database[/bold]\n  [red]{escape(difference)}[/red]", soft_wrap=True)
    if drift:
        console.print("run `dspex migrate`, or `dspex revision -m …` where a step is missing")
    for each in stored:
        console.print(f"[bold]stored values[/bold]\n  [red]{escape(str(each))}[/red]", soft_wrap=True)
    if stored:
        console.print("give the model a default or an upgrade, the member its new name, or mend these records")
    if not problems and not drift and not stored:
        console.print("everything declared is sound, and the database is as declared")
