"""The nodes of an expression: frozen values, compared by structure, with SQL's three-valued meaning.

Every operation on an absent value (None) is unknown (None); a filter keeps a record only where it is true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from framework.expr.sameness import hash_of, same


class Comparison(StrEnum):
    """How two values are compared."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"


class Operator(StrEnum):
    """Arithmetic; a division is exact (never truncated) and by zero is unknown."""

    ADD = "add"
    SUBTRACT = "subtract"
    MULTIPLY = "multiply"
    DIVIDE = "divide"


class Logic(StrEnum):
    """How conditions combine."""

    AND = "and"
    OR = "or"


class Function(StrEnum):
    """The functions both back ends know. The last four ask the data layer about itself."""

    LOWER = "lower"
    UPPER = "upper"
    LENGTH = "length"
    COALESCE = "coalesce"
    ABS = "abs"
    NOW = "now"
    TRANSACTION = "transaction"
    HORIZON = "horizon"
    STORE = "store"


class Matching(StrEnum):
    """How a text is matched; `LIKE` and `ILIKE` know `%`, `_` and the escape `\\`."""

    LIKE = "like"
    ILIKE = "ilike"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"


class Fold(StrEnum):
    """What an aggregate makes of many related records."""

    COUNT = "count"
    EXISTS = "exists"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    FIRST = "first"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression."""


@dataclass(frozen=True, slots=True)
class Ref(Node):
    """The value of that name, stored or derived, of the record at hand."""

    name: str


@dataclass(frozen=True, slots=True)
class Along(Node):
    """What `inner` is of the record at the other end of a link to one; absent where there is none."""

    link: str
    inner: Node


@dataclass(frozen=True, slots=True)
class Outer(Node):
    """What `inner` is of an enclosing record, so many links further out than the record at hand.

    `Some`, `Aggregate`, `Along` and `Outer` itself each lead to one more record; 1 is the one before the last.
    """

    steps: int
    inner: Node


@dataclass(frozen=True, slots=True)
class Value(Node):
    """A known value, always sent as a bound parameter."""

    value: Any

    def __eq__(self, other: object) -> bool:
        return same(self.value, other.value) if isinstance(other, Value) else NotImplemented

    def __hash__(self) -> int:
        return hash_of(self.value)


@dataclass(frozen=True, slots=True)
class Arg(Node):
    """The argument of the action of that name, known when it runs."""

    name: str


@dataclass(frozen=True, slots=True)
class ActorFact(Node):
    """A fact about the actor ("id", "kind" or a key of its facts); unknown when there is no actor."""

    name: str


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """A comparison; for text, order is by code point whatever the database's locale."""

    op: Comparison
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Combine(Node):
    """All (or any) of the conditions; of none, all holds and any does not."""

    op: Logic
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    """The opposite; unknown stays unknown."""

    item: Node


@dataclass(frozen=True, slots=True)
class IsNull(Node):
    """Whether a value is absent; never unknown."""

    item: Node


@dataclass(frozen=True, slots=True)
class Among(Node):
    """Whether a value is one of those listed; of none it is not."""

    item: Node
    values: tuple[Any, ...]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Among):
            return NotImplemented
        return self.item == other.item and same(self.values, other.values)

    def __hash__(self) -> int:
        return hash((self.item, *map(hash_of, self.values)))


@dataclass(frozen=True, slots=True)
class Match(Node):
    """Whether a text matches."""

    op: Matching
    item: Node
    pattern: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """Two numbers made one."""

    op: Operator
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function of some values."""

    function: Function
    args: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Case(Node):
    """One value when the condition is true, the other when it is false or unknown."""

    when: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Some(Node):
    """Whether any record at the other end of a link satisfies `where` (seen from that record); never unknown."""

    link: str
    where: Node


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """What `fold` makes of the records at the other end of a link to many that satisfy `where`.

    `of` is seen from the related record; COUNT and EXISTS need none. FIRST and LIST follow `sort`
    (attribute of the related record and whether it descends), then the primary key.
    """

    fold: Fold
    link: str
    of: Node | None = None
    where: Node | None = None
    sort: tuple[tuple[str, bool], ...] = ()


TRUE = Combine(Logic.AND, ())
FALSE = Combine(Logic.OR, ())


def every(*items: Node | None) -> Node:
    """The conjunction of the conditions given; None is no condition."""
    given = tuple(item for item in items if item is not None and item != TRUE)
    return given[0] if len(given) == 1 else Combine(Logic.AND, given)


def equals(**values: object) -> Node:
    """The condition that each of these attributes has its value."""
    return every(*(Compare(Comparison.EQ, Ref(name), Value(value)) for name, value in values.items()))


def along(*path: str) -> Ref | Along:
    """The value at the end of a path of links to one: `along("program", "name")`."""
    *links, name = path
    node: Ref | Along = Ref(name)
    for link in reversed(links):
        node = Along(link, node)
    return node


def rewrite(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """The tree with each node, outermost first, replaced by what `change` gives for it (None keeps it).

    A replaced node is not looked into again.
    """
    replaced = change(node)
    if replaced is not None:
        return replaced
    updates: dict[str, Any] = {}
    for part in fields(node):
        value = getattr(node, part.name)
        if isinstance(value, Node):
            updates[part.name] = rewrite(value, change)
        elif isinstance(value, tuple) and value and isinstance(value[0], Node):
            updates[part.name] = tuple(rewrite(item, change) for item in value)
    return replace(node, **updates) if updates else node


def parts_of(node: Node) -> Iterator[Node]:
    """The nodes that a node is made of."""
    for part in fields(node):
        value = getattr(node, part.name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, Node):
                yield item


def walk(node: Node) -> Iterator[Node]:
    """The node and everything inside it, outermost first."""
    yield node
    for part in parts_of(node):
        yield from walk(part)
