"""Who writes beside the pipeline of the actions does so in a transaction that is done again when it gave way."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

Modules = Sequence[Any]

ASKED = ("resources", "workers", "api", "framework.jobs", "framework.events", "framework.runtime")
# One statement about one row, which waits for others and has nothing that others wait for.
ALLOWED = {"framework.events.log_epoch", "framework.jobs.lease", "framework.jobs.reaper"}


def test_no_transaction_is_opened_that_would_not_be_done_again(modules: Modules) -> None:
    found = {each.name for each in modules if each.name.startswith(ASKED) and any(opened(each.tree))}
    assert found == ALLOWED


def test_what_is_looked_for_is_found() -> None:
    tree = ast.parse("async def f():\n async with session.transaction(Commit.SOON) as inner: ...\n")
    assert list(opened(tree)) == [2]


def opened(tree: ast.Module) -> Iterator[int]:
    """The lines where a transaction is opened as a block, which runs once."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="transaction")):
                yield node.lineno
