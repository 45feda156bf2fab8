"""The command `dspex`: the framework's own commands, then those that the domains contribute.

A command is a function, named by a verb. Only the one that is asked for is loaded, and with it the libraries that it
needs; the help of the others is read from their files without running them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import version as installed_version
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from framework.cli.command import Command, add_command
from framework.cli.output import reporting_failures
from framework.compiler.loading import load_domains
from framework.declare.verbs import verb
from framework.log_lines import configure_logging
from framework.setting_forms import LogLevel
from framework.settings import Settings, load_settings

COMMANDS = (
    verb("framework.cli.up"),
    verb("framework.cli.api"),
    verb("framework.cli.worker"),
    verb("framework.cli.migrations.migrate"),
    verb("framework.cli.migrations.revision"),
    verb("framework.cli.migrations.downgrade"),
    verb("framework.cli.migrations.merge"),
    verb("framework.cli.migrations.stamp"),
    verb("framework.cli.migrations.history"),
    verb("framework.cli.migrations.history:heads"),
    verb("framework.cli.backups.backup"),
    verb("framework.cli.backups.restore"),
    verb("framework.cli.backups.restore:after_restore"),
    verb("framework.cli.inspect_db"),
    verb("framework.cli.check"),
    verb("framework.cli.doctor.doctor"),
    verb("framework.cli.upgrade_documents"),
    verb("framework.cli.show"),
    verb("framework.cli.spec"),
    verb("framework.cli.about"),
)

INSPECTING = "inspect-db"


def _tell_version(asked: bool) -> None:  # noqa: FBT001 - Typer calls it so
    if asked:
        sys.stdout.write(f"dspex {installed_version('dspex')}\n")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version; `about` says more."),
]


def main(words: Sequence[str] | None = None) -> None:
    """Runs the command that the words name."""
    given = list(sys.argv[1:] if words is None else words)
    # Domains of one's own lie in the folder one works in; last, so that nothing there replaces a library.
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.append(here)
    with reporting_failures(json="--json" in given):
        settings = load_settings()
        # What processes that serve log is for their logs; a command says what it has to say by itself.
        configure_logging("debug" if settings.log_level is LogLevel.DEBUG else "warning", style="console")
        app = typer.Typer(
            help="DSPy programs as a product: one declaration, served, improved and watched.",
            no_args_is_help=True,
            add_completion=False,
            pretty_exceptions_enable=False,
            rich_markup_mode="rich",
        )
        app.callback()(_dspex)
        asked = next((word for word in given if not word.startswith("-")), None)
        for command in _commands(settings, asked):
            add_command(app, command, asked=asked)
        app(given, prog_name="dspex")


def _dspex(*, version: Version = False) -> None:
    """What stands before any command; with it, Typer shows a list even of a single one."""


def _commands(settings: Settings, asked: str | None) -> Sequence[Command]:
    # What writes a domain is asked before there is one, and may be told already what it will be called.
    domains = () if asked == INSPECTING else load_domains(settings.domains)
    return [Command(each) for each in (*COMMANDS, *chain.from_iterable(domain.commands for domain in domains))]


if __name__ == "__main__":
    main()
