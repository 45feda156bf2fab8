"""The command that looks for everything that is wrong with what is declared."""

from __future__ import annotations

from collections.abc import Iterator

import typer
from rich.markup import escape

from framework.cli.command import Command
from framework.cli.declared import Declared, declared
from framework.cli.output import Json, print_json, problem_json, stderr_console
from framework.compiler.verifiers.runnable_verbs import runnable_verbs
from framework.embedded.servers import servers
from framework.errors import DeclarationError, Problem, Source
from framework.sql.migrations.migrations import Migrations


async def check(*, json: Json = False) -> None:
    """Report every mistake: in the declarations, in the names of verbs, between declarations and database."""
    try:
        what = declared()
        problems = [*runnable_verbs(what.spec), *_commands(what)]
        drift = await _drift(what)
    except DeclarationError as error:
        problems, drift = list(error.problems), []
    if json:
        print_json({"problems": [problem_json(each) for each in problems], "database": drift})
    else:
        _tell(problems, drift)
    if problems or drift:
        raise typer.Exit(1)


def _commands(what: Declared) -> Iterator[Problem]:
    for domain in what.domains:
        for verb in domain.commands:
            if not Command(verb).summary():
                says = f"there is no function `{verb}` with a docstring"
                yield Problem(Source(domain.name, 0), f"{domain.name}.commands", says)


async def _drift(what: Declared) -> list[str]:
    async with servers(what.settings) as known:
        return await Migrations(what.spec, known.database_url, what.migrations).check()


def _tell(problems: list[Problem], drift: list[str]) -> None:
    console = stderr_console()
    for problem in problems:
        console.print(f"[bold]{escape(str(problem.at))}[/bold]\n  [red]{escape(str(problem))}[/red]", soft_wrap=True)
    for difference in drift:
        console.print(f"[bold]database[/bold]\n  [red]{escape(difference)}[/red]", soft_wrap=True)
    if drift:
        console.print("run `dspex migrate`, or `dspex revision -m …` where a step is missing")
    if not problems and not drift:
        console.print("everything declared is sound, and the database is as declared")
