"""Which record each part of an expression starts from, settled once the whole expression is written.

While Python writes an expression, `Start` notes for each part the record that it speaks of: the one that the
expression is about (`Order.amount`, or `amount` in the body of the class), or the one that a lambda was given
(`lambda line: line.amount`). Settling replaces the notes by the distance to that record, so that back ends and
caches see structure only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

from framework.expr.nodes import Aggregate, Along, Node, Outer, Some, walk

LEADING_ON = (Aggregate, Along, Outer, Some)


class Inside:
    """The record that one lambda was given; each time it is called, another one."""


Scope = type | Inside | None
"""A class of records, a lambda's record, or (None) the class whose body this stands in."""


@dataclass(frozen=True, slots=True)
class Path:
    """Names of links, and of a value at the end, from a record on."""

    scope: Scope
    names: tuple[str, ...] = ()

    def then(self, name: str) -> Path:
        """One step further."""
        return Path(self.scope, (*self.names, name))


class WrongRecord(TypeError):
    """An expression speaks of a record that it has no way to."""


@dataclass(frozen=True, slots=True)
class Start(Node):
    """What `inner` is of the record that `scope` stands for, wherever in an expression this is said."""

    scope: Scope
    inner: Node


def settled(node: Node, record: type | None = None) -> Node:
    """The expression as seen from a record of the class (any class, when None); raises WrongRecord."""
    starts = [part.scope for part in walk(node) if isinstance(part, Start)]
    if not starts:
        return node
    roots = [scope for scope in starts if isinstance(scope, type)]
    about = record or max(roots, key=lambda root: len(root.__mro__), default=object)
    settled = enclosed(node, lambda scope: scope is None or (isinstance(scope, type) and issubclass(about, scope)))
    for part in walk(settled):
        if isinstance(part, Start):
            raise _strange(part, about)
    return settled


def enclosed(node: Node, here: Callable[[Scope], bool], depth: int = 0) -> Node:
    """The expression with the parts that start from the record at hand settled."""
    if isinstance(node, Start) and here(node.scope):
        inner = enclosed(node.inner, here)
        return Outer(depth, inner) if depth else inner
    inside = depth + 1 if isinstance(node, (*LEADING_ON, Start)) else depth
    updates: dict[str, Any] = {}
    for part in fields(node):
        value = getattr(node, part.name)
        if isinstance(value, Node):
            updates[part.name] = enclosed(value, here, inside)
        elif isinstance(value, tuple) and value and isinstance(value[0], Node):
            updates[part.name] = tuple(enclosed(item, here, inside) for item in value)
    return replace(node, **updates) if updates else node


def _strange(part: Start, about: type) -> WrongRecord:
    if not isinstance(part.scope, type):
        return WrongRecord("a record that `.any(lambda record: ...)` was given is used outside of the lambda")
    name = next((getattr(node, "link", None) or getattr(node, "name", "") for node in walk(part.inner)), "")
    strange = f"`{part.scope.__name__}.{name}`"
    return WrongRecord(
        f"{strange} belongs to another resource, and this is about `{about.__name__}`: "
        "follow a link to it, and inside of a lambda speak of what the lambda is given"
    )
