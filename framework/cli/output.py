"""What commands say: results for people or, with `--json`, for programs; failures as one message, never a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from framework.errors import DeclarationError, Failure, Invalid, Issue, Problem
from framework.setting_forms import LogLevel
from framework.settings import load_settings

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

FAILED, WRONGLY_ASKED, INTERRUPTED = 1, 2, 130
OPTIONS = orjson.OPT_NON_STR_KEYS


def stderr_console() -> Console:
    """Where people read: standard error, so that standard output has the result alone.

    Nothing is drawn anew in what is no terminal, or where `CI` says that nobody is watching.
    """
    return Console(stderr=True, highlight=False, force_interactive=False if _unwatched() else None)


def tell(text: str) -> None:
    """One line for people, as it is: nothing of it is markup, and a path in it can be copied."""
    stderr_console().print(text, soft_wrap=True, markup=False)


def print_json(value: Any) -> None:
    """One line of JSON on standard output."""
    sys.stdout.write(orjson.dumps(value, default=str, option=OPTIONS).decode() + "\n")
    sys.stdout.flush()


def print_table(rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows for people, on standard output; what is absent is left out."""
    table = Table(*(rows[0] if rows else ()), box=None)
    for row in rows:
        table.add_row(*("" if value is None else escape(str(value)) for value in row.values()))
    Console(highlight=False).print(table)


@contextmanager
def reporting_failures(*, json: bool) -> Iterator[None]:
    """Ends the process with a message and a code: 2 when what was asked is wrong, 1 when it could not be done."""
    try:
        yield
    except (Failure, DeclarationError) as error:
        if _debugging():
            raise
        if json:
            print_json({"error": failure_json(error)})
        else:
            print_failure(error, stderr_console())
        raise SystemExit(WRONGLY_ASKED if isinstance(error, Invalid) else FAILED) from None
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


def failure_json(error: Failure | DeclarationError) -> dict[str, Any]:
    """The failure as values."""
    if isinstance(error, DeclarationError):
        problems = [problem_json(problem) for problem in error.problems]
        return {"kind": "DeclarationError", "problems": problems}
    issues = [
        {"code": i.code, "message": i.message, "path": list(i.path), "params": dict(i.params), "hint": i.hint}
        for i in error.issues
    ]
    return {"kind": type(error).__name__, "issues": issues}


def problem_json(problem: Problem) -> dict[str, Any]:
    """One mistake in a declaration as values."""
    at = {"file": problem.at.file, "line": problem.at.line}
    return {**at, "path": problem.path, "says": problem.says, "hint": problem.hint}


def print_failure(error: Failure | DeclarationError, console: Console) -> None:
    """The failure in words."""
    if isinstance(error, DeclarationError):
        console.print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
        return
    for issue in error.issues:
        console.print(f"[red]{escape(_capital(issue))}[/red]", soft_wrap=True)
        if issue.hint:
            console.print(f"  {escape(issue.hint)}", soft_wrap=True)


def _capital(issue: Issue) -> str:
    return issue.message[:1].upper() + issue.message[1:]


def _unwatched() -> bool:
    try:
        return load_settings().ci not in (None, "0", "false")
    except Failure:
        return False


def _debugging() -> bool:
    try:
        return load_settings().log_level is LogLevel.DEBUG
    except Failure:
        return False
