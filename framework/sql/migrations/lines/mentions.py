"""What the operations of a step speak of, read in its file: whether one of them names a table and a part of it.

A text that is the name speaks of it, and SQL that has the name as a word. Of what a step works out nothing is known.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from alembic.script import Script

from framework.sql.migrations.lines.things import Thing
from framework.sql.migrations.operations.renames import place_of

# Words for people, and values: neither says which column is meant. A look at records comes before what it is for.
WORDS = frozenset({"comment", "existing_comment", "server_default", "existing_server_default"})
LOOKS = frozenset({"refuse_rows"})
# Within SQL a value may be a member's, and is no name of a column.
LITERAL, PART = re.compile(r"'(?:[^']|'')*'"), 2


@dataclass(frozen=True, slots=True)
class Operation:
    """A line of a step: every text in it."""

    texts: Sequence[str]

    def names(self, thing: Thing) -> bool:
        """Whether it speaks of all of its names: each alone in a text, or all of them together in one."""
        schema, table = place_of(thing[0])
        names = [name for name in (schema, table, *thing[1:]) if name is not None]
        texts = self.texts if len(thing) > PART else [LITERAL.sub("''", text) for text in self.texts]
        if any(all(_has(text, name) for name in names) for text in texts):
            return True
        return table in texts and all(any(_has(text, name) for text in texts) for name in names)


def operations_of(script: Script) -> list[Operation]:
    """What it does on the way up."""
    tree = ast.parse(Path(script.path).read_text(encoding="utf-8"))
    ups = [each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == "upgrade"]
    calls = [node for up in ups for node in ast.walk(up) if isinstance(node, ast.Call)]
    return [Operation([*_texts(call)]) for call in calls if _is_operation(call)]


def _is_operation(call: ast.Call) -> bool:
    at = call.func
    return (
        isinstance(at, ast.Attribute)
        and isinstance(at.value, ast.Name)
        and at.value.id == "op"
        and at.attr not in LOOKS
    )


def _texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif not (isinstance(node, ast.keyword) and node.arg in WORDS):
        for child in ast.iter_child_nodes(node):
            yield from _texts(child)


def _has(text: str, name: str) -> bool:
    return text == name or re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text.replace('""', '"')) is not None
