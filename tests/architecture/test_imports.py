"""Who may import whom."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Modules = Sequence[Any]


def test_the_import_rules_hold(root: Path) -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_modules_import_each_other_in_a_circle(modules: Modules) -> None:
    names = {each.name for each in modules}
    graph = {
        each.name: {
            name
            for statement, name in each.imports()
            if name in names and name != each.name and statement not in for_types_only(each.tree)
        }
        for each in modules
    }
    # `from a.b import c` names the package `a.b` too; only where `c` is no module of its own does it depend on that.
    for each in modules:
        for statement, name in each.imports():
            if isinstance(statement, ast.ImportFrom) and name == statement.module:
                inner = {f"{name}.{alias.name}" for alias in statement.names}
                if inner <= names:
                    graph[each.name].discard(name)
    assert list(graphlib.TopologicalSorter(graph).static_order())


def for_types_only(tree: ast.Module) -> set[ast.AST]:
    """What stands under `if TYPE_CHECKING:` does not run."""
    blocks = [node for node in tree.body if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)]
    return {inner for block in blocks for inner in ast.walk(block)}


def test_nothing_can_run_code_from_data(modules: Modules) -> None:
    loaders = {"pickle", "cloudpickle", "dill", "shelve", "marshal"}
    imported = [f"{each.path}: {name}" for each in modules for _, name in each.imports() if name in loaders]
    called = [
        f"{each.path}:{node.lineno}"
        for each in modules
        for node in ast.walk(each.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("eval", "exec")
    ]
    assert imported + called == []


def test_the_environment_is_read_by_the_settings_alone(modules: Modules) -> None:
    """Handing it on to a started process, or setting something in it for a library, is no reading."""
    allowed = {
        "framework.embedded.link": "the keeper is given the path for imports, with ours in front",
        "framework.embedded.process": "where programs are is said by PATH",
        "framework.lm.models.secrets": "a secret is kept in the variable that a setting names",
    }
    readers = {
        each.name for each in modules for node in ast.walk(each.tree) if isinstance(node, ast.expr) and reads(node)
    }
    assert readers - allowed.keys() == set()


def reads(node: ast.expr) -> bool:
    """Whether this looks one variable up: `os.environ["A"]`, `os.environ.get("A")` or `os.getenv("A")`."""
    match node:
        case ast.Subscript(value=value, ctx=ast.Load()):
            return ast.unparse(value) == "os.environ"
        case ast.Call(func=ast.Attribute() as function):
            return ast.unparse(function) in ("os.environ.get", "os.getenv")
    return False
