"""A command by name: told of in the list of all, loaded when it is the one to run; several may share a word."""

from __future__ import annotations

import ast
import asyncio
import importlib.util
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import typer

from framework.actions.verb import load_verb
from framework.naming import kebab
from framework.spec.action import VerbRef


@dataclass(frozen=True, slots=True)
class CommandGroup:
    """Commands that share their first word: `dspex key create`, `dspex key list`. Each is called as its function is."""

    about: str
    functions: tuple[Callable[..., Any], ...]

    def typer(self) -> typer.Typer:
        """All of them, with a help of their own."""
        group = typer.Typer(help=self.about, no_args_is_help=True)
        for function in self.functions:
            group.command(kebab(function.__name__.rstrip("_")))(_run_through(function))
        return group


@dataclass(frozen=True, slots=True)
class Command:
    """A function that is a command; one called `import_`, as Python has that word for itself, is `dspex import`."""

    verb: VerbRef

    @property
    def name(self) -> str:
        """The word for it on the command line."""
        return kebab(self.verb.function.rstrip("_"))

    def summary(self) -> str:
        """The first line of its help, read from its file."""
        found = importlib.util.find_spec(self.verb.module)
        if found is None or found.origin is None:
            return ""
        for statement in ast.parse(Path(found.origin).read_text(encoding="utf-8")).body:
            match statement:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if name == self.verb.function:
                    return (ast.get_docstring(statement) or "").partition("\n")[0]
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(args=[ast.Constant(value=str(about)), *_])):
                    if name == self.verb.function:
                        return about
        return ""


def add_command(app: typer.Typer, command: Command, *, asked: str | None) -> None:
    """Adds the command to the list, and what it does if it is the one that is asked for."""
    if command.name == asked:
        loaded = load_verb(command.verb)
        if isinstance(loaded, CommandGroup):
            app.add_typer(loaded.typer(), name=command.name)
        else:
            app.command(command.name)(_run_through(loaded))
    else:
        app.command(command.name, help=command.summary())(_placeholder)


def _placeholder() -> None:
    """Stands for a command that was not asked for, and so never runs."""


def _run_through(function: Callable[..., Any]) -> Callable[..., Any]:
    if not inspect.iscoroutinefunction(function):
        return function

    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        return asyncio.run(function(*args, **kwargs))

    return run
