"""No module, function or signature outgrows a reader."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Modules = Sequence[Any]

LONGEST_MODULE = 300
MEDIAN_MODULE = 90
LONGEST_FUNCTION = 40
MOST_PARAMETERS = 6
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "misc", "manager", "service"}

# A word of the declaring language takes as many keywords as there are things to say with it, a command its options.
WORDS = {
    "framework.cli.api.api",
    "framework.cli.migrations.revision.revision",
    "framework.declare.attributes.attribute",
    "framework.declare.relationships.belongs_to",
    "resources.cli.optimize.optimize",
}

# Where a heavy library is loaded only by those who use it: the module, what it loads late, and why.
LATE_IMPORTS: Mapping[str, Mapping[str, str]] = {}


def test_there_is_something_to_measure(modules: Modules) -> None:
    assert len(modules) > 10


def test_no_module_is_longer_than_300_lines(modules: Modules) -> None:
    assert [f"{each.path}: {each.lines}" for each in modules if each.lines > LONGEST_MODULE] == []


def test_half_of_the_modules_have_at_most_90_lines(modules: Modules) -> None:
    assert statistics.median(each.lines for each in modules) <= MEDIAN_MODULE


def test_no_function_is_longer_than_40_lines(modules: Modules) -> None:
    def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
        assert function.end_lineno is not None
        return function.end_lineno - function.lineno + 1

    too_long = [
        f"{each.path}:{function.lineno} {function.name}: {length(function)}"
        for each in modules
        for function in each.functions()
        if length(function) > LONGEST_FUNCTION
    ]
    assert too_long == []


def test_no_function_takes_more_than_6_parameters(modules: Modules) -> None:
    too_wide = [
        f"{each.path}:{function.lineno} {function.name}: {len(parameters(function))}"
        for each in modules
        for function in each.functions()
        if len(parameters(function)) > MOST_PARAMETERS
        and not is_overload(function)
        and f"{each.name}.{function.name}" not in WORDS
    ]
    assert too_wide == []


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """The names of its parameters, the object it belongs to left out."""
    given = function.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg))]
    return [each.arg for each in every if each.arg not in ("self", "cls")]


def is_overload(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A typed overload is not a signature of its own; what it spells out is counted where it is implemented."""
    return any(isinstance(each, ast.Name) and each.id == "overload" for each in function.decorator_list)


def test_no_import_hides_in_a_function(modules: Modules) -> None:
    hidden = [
        f"{each.path}:{statement.lineno}"
        for each in modules
        for function in each.functions()
        for statement in ast.walk(function)
        if isinstance(statement, ast.Import | ast.ImportFrom)
        and not set(loaded_by(statement)) <= LATE_IMPORTS.get(each.name, {}).keys()
    ]
    assert hidden == []


def loaded_by(statement: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(statement, ast.ImportFrom):
        yield statement.module or ""
    else:
        yield from (alias.name for alias in statement.names)


def test_no_module_is_named_for_nothing(modules: Modules) -> None:
    assert [each.path for each in modules if BANNED_NAMES & set(each.name.split("."))] == []


def test_every_module_says_what_it_is(modules: Modules) -> None:
    silent = [each.path for each in modules if not ast.get_docstring(each.tree) and each.text.strip()]
    assert silent == []


def test_no_task_is_left_for_later(modules: Modules) -> None:
    words = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
    assert [each.path for each in modules if any(word in each.text for word in words)] == []
