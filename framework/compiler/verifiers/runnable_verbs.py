"""Every verb can be found, told without loading what runs it.

Not among the verifiers of every compilation: it reads a file for each verb, which `dspex check` has the time for.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from framework.errors import Problem, Source
from framework.spec.action import VerbRef
from framework.spec.domain import DomainSpec
from framework.suggest import did_you_mean


def runnable_verbs(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to a verb whose module or function is not there, or that is not `async`."""
    for spec in domain.resources.values():
        for action in spec.actions.values():
            if action.run is not None:
                yield from _runnable(action.run, action.source, f"{spec.name}.{action.name}.run")
    for verb in domain.after_migrate:
        yield from _runnable(verb, Source(domain.name, 0), f"{domain.name}.after_migrate")
    for ref in domain.layers:
        yield from _there(ref.opener, Source(domain.name, 0), f"{domain.name}.layers.{ref.name}")


def _runnable(verb: VerbRef, at: Source, path: str) -> Iterator[Problem]:
    missing = list(_there(verb, at, path))
    yield from missing
    file = None if missing else _file(verb.module)
    if file is not None and isinstance(_defined(file)[verb.function], ast.FunctionDef):
        yield Problem(at, path, f"`{verb}` is not `async`", f"write `async def {verb.function}`")


def _there(verb: VerbRef, at: Source, path: str) -> Iterator[Problem]:
    file = _file(verb.module)
    if file is None:
        yield Problem(at, path, f"there is no module `{verb.module}`")
        return
    defined = _defined(file)
    if verb.function not in defined:
        says = f"`{verb.module}` has no function `{verb.function}`"
        yield Problem(at, path, says, did_you_mean(verb.function, defined))


def _file(module: str) -> Path | None:
    """The file of a module. Its packages are imported on the way, the module itself is not."""
    try:
        found = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return None
    return Path(found.origin) if found is not None and found.origin and found.origin.endswith(".py") else None


def _defined(file: Path) -> dict[str, ast.stmt]:
    """What the module's top level names, with the statement that does."""
    names: dict[str, ast.stmt] = {}
    for statement in ast.parse(file.read_text(encoding="utf-8")).body:
        match statement:
            case ast.AsyncFunctionDef() | ast.FunctionDef():
                # What a decorator makes of a function is not seen from here.
                names[statement.name] = ast.Pass() if statement.decorator_list else statement
            case ast.ImportFrom():
                names |= {alias.asname or alias.name: statement for alias in statement.names}
            case ast.Assign():
                names |= {target.id: statement for target in statement.targets if isinstance(target, ast.Name)}
    return names
