"""What is collected is the same in every process that runs a part of the tests: no module of theirs asks for the time,
or draws anything, while it is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent.parent
DRAWN = frozenset({"time", "time_ns", "now", "utcnow", "today", "uuid1", "uuid4", "uuid7", "token_hex", "random"})
LATER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def test_nothing_is_drawn_while_tests_are_collected() -> None:
    found = [
        f"{path.relative_to(TESTS)}:{line}"
        for path in sorted(TESTS.rglob("*.py"))
        for line in drawn_at_import(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_what_is_drawn_at_import_is_found() -> None:
    assert list(drawn_at_import(ast.parse(DRAWING))) == [1, 2, 4]


def drawn_at_import(tree: ast.AST) -> Iterator[int]:
    """The lines of calls that give something else each time, but for those that wait for a function to be called."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, LATER):
            for decorator in getattr(node, "decorator_list", ()):
                yield from drawn_at_import(ast.Expression(decorator))
            continue
        if isinstance(node, ast.Call) and _called(node) in DRAWN and not node.args:
            yield node.lineno
        yield from drawn_at_import(node)


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


DRAWING = """NOW = int(time.time())
IDS = [uuid4() for _ in range(3)]
LATER = lambda: uuid4()
@parametrize("now", [datetime.now()])
def test(now):
    return time.time()
"""
