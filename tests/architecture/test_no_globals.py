"""Nothing that changes belongs to a module: what a process holds, its engine holds, and closes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

Modules = Sequence[Any]

ALLOWED = {
    "framework.sql.connections._unfinished": "the event loop holds its tasks weakly, so that somebody else has to",
    "framework.lm.payloads.payloads._CANONICAL": "a memory of what definitions say, which never change",
}
CONTAINERS = ("dict", "list", "set", "OrderedDict", "defaultdict", "deque", "WeakKeyDictionary", "WeakValueDictionary")
CHANGES = (
    "add", "append", "appendleft", "clear", "discard", "extend", "insert", "move_to_end", "pop", "popitem", "popleft",
    "remove", "setdefault", "update",
)  # fmt: skip


def test_no_module_keeps_something_that_changes(modules: Modules) -> None:
    stateful = {name for each in modules for name in stateful_classes(each.tree)}
    found = {f"{each.name}.{name}" for each in modules for name in changing(each.tree, stateful)}
    assert found - ALLOWED.keys() == set()
    assert ALLOWED.keys() <= found, "what is allowed is still there"


def test_nothing_of_which_there_is_one_is_made_by_a_cached_function(modules: Modules) -> None:
    """One with parameters is a memory of what it works out; one without is a global by another name."""
    found = [
        f"{each.path}:{function.lineno}"
        for each in modules
        for function in each.functions()
        if any(is_cache(decorator) for decorator in function.decorator_list) and not parameters(function)
    ]
    assert found == []


def test_what_is_looked_for_is_found() -> None:
    tree = ast.parse(PLANTED)
    assert set(changing(tree, stateful_classes(tree))) == {"seen", "by_name", "CLOCK", "count"}
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    cached = [function for function in functions if any(map(is_cache, function.decorator_list))]
    assert [(function.name, bool(parameters(function))) for function in cached] == [("client", False), ("sum_of", True)]


PLANTED = """
seen = set()
by_name: dict[str, int] = {}
SIZES = {"a": 1}
count = 0
class Clock:
    def __init__(self):
        self._started = {}
class Point:
    def __init__(self, x):
        self.x = x
CLOCK, ORIGIN = Clock(), Point(0)
@cache
def client(): ...
@functools.lru_cache(maxsize=9)
def sum_of(a, b): ...
def look(name):
    global count
    seen.add(name)
    by_name[name] = 1
    SIZES = {}
    SIZES.update(a=2)
"""


def changing(tree: ast.Module, stateful: set[str]) -> Iterator[str]:
    """The names of a module whose values are changed in it: containers, and objects that hold some."""
    held: set[str] = set()
    for name, value in assigned(tree):
        if called(value) in stateful:
            yield name
        if isinstance(value, ast.Dict | ast.List | ast.Set) or called(value) in CONTAINERS:
            held.add(name)
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
        own = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        yield from (name for name in changed(function) if name in held - own)
        yield from (name for node in ast.walk(function) if isinstance(node, ast.Global) for name in node.names)


def assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """What the top level of a module names, with what it is."""
    for statement in tree.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                yield name, value
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                pairs = zip(names, values, strict=True)
                yield from ((name.id, value) for name, value in pairs if isinstance(name, ast.Name))


def changed(function: ast.AST) -> Iterator[str]:
    """The names of what a function changes in place."""
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if method in CHANGES:
                yield name
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                yield name


def stateful_classes(tree: ast.Module) -> set[str]:
    """The classes whose objects begin with an empty container, to be filled."""
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        for value in (inner.value for inner in ast.walk(node) if isinstance(inner, ast.Assign | ast.AnnAssign))
        if (isinstance(value, ast.Dict | ast.List) and not (value.keys if isinstance(value, ast.Dict) else value.elts))
        or (called(value) in CONTAINERS and isinstance(value, ast.Call) and not value.args)
    }


def called(value: ast.expr | None) -> str:
    """The name of what is called: `Clock` for `Clock()`, `OrderedDict` for `OrderedDict[str, int]()`."""
    match value:
        case ast.Call(func=ast.Subscript(value=function)) | ast.Call(func=function):
            return ast.unparse(function).rpartition(".")[2]
    return ""


def is_cache(decorator: ast.expr) -> bool:
    """Whether this is `cache` or `lru_cache`, however it is written."""
    return (called(decorator) or ast.unparse(decorator).rpartition(".")[2]) in ("cache", "lru_cache")


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    """All of them, those by name too."""
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
