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
from framework.cli.stored_values import tell_unreadable, unreadable
from framework.compiler.verifiers.runnable_verbs import runnable_verbs
from framework.embedded.servers import servers
from framework.errors import DeclarationError, Problem, Source
from framework.sql.statements.stored_values import OLDEST, Unreadable

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
                stored = await unreadable(what.spec, known.database_url, limit=None if data else OLDEST)
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


def _tell(problems: list[Problem], drift: list[str], stored: list[Unreadable]) -> None:
    console = stderr_console()
    for problem in problems:
        console.print(f"[bold]{escape(str(problem.at))}[/bold]\n  [red]{escape(str(problem))}[/red]", soft_wrap=True)
    if drift:
        console.print("[bold]database[/bold]")
        for difference in drift:
            console.print(f"  [red]{escape(difference)}[/red]", soft_wrap=True)
        console.print("run `dspex migrate`, or `dspex revision -m …` where a step is missing")
    tell_unreadable(console, stored)
    if not problems and not drift and not stored:
        console.print("everything declared is sound, and the database is as declared")
