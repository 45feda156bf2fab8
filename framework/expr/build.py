"""Writing expressions as Python: `Program.name.ilike("%qa%") & (Program.runs > 3)`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

from framework.expr.nodes import (
    ActorFact,
    Among,
    Arg,
    Arithmetic,
    Call,
    Combine,
    Compare,
    Comparison,
    Function,
    IsNull,
    Logic,
    Match,
    Matching,
    Node,
    Not,
    Operator,
    Ref,
    Some,
    Value,
)

T = TypeVar("T")
S = TypeVar("S")


class Expr(Generic[T]):
    """An expression whose value is a `T`. It is built when asked for, so names may be settled later."""

    __hash__ = object.__hash__

    def __init__(self, build: Callable[[], Node]) -> None:
        self._build = build

    @property
    def node(self) -> Node:
        """The tree that this expression stands for."""
        return self._build()

    def __eq__(self, other: object) -> Expr[bool]:  # type: ignore[override]  # a condition, as in SQLAlchemy
        return _compare(Comparison.EQ, self, other)

    def __ne__(self, other: object) -> Expr[bool]:  # type: ignore[override]  # a condition, as in SQLAlchemy
        return _compare(Comparison.NE, self, other)

    def __lt__(self, other: object) -> Expr[bool]:
        return _compare(Comparison.LT, self, other)

    def __le__(self, other: object) -> Expr[bool]:
        return _compare(Comparison.LE, self, other)

    def __gt__(self, other: object) -> Expr[bool]:
        return _compare(Comparison.GT, self, other)

    def __ge__(self, other: object) -> Expr[bool]:
        return _compare(Comparison.GE, self, other)

    def __and__(self, other: Expr[bool]) -> Expr[bool]:
        return Expr(lambda: Combine(Logic.AND, (self.node, other.node)))

    def __or__(self, other: Expr[bool]) -> Expr[bool]:
        return Expr(lambda: Combine(Logic.OR, (self.node, other.node)))

    def __invert__(self) -> Expr[bool]:
        return Expr(lambda: Not(self.node))

    def __add__(self, other: object) -> Expr[T]:
        return _arithmetic(Operator.ADD, self, other)

    def __sub__(self, other: object) -> Expr[T]:
        return _arithmetic(Operator.SUBTRACT, self, other)

    def __mul__(self, other: object) -> Expr[T]:
        return _arithmetic(Operator.MULTIPLY, self, other)

    def __truediv__(self, other: object) -> Expr[float | None]:
        return Expr(lambda: Arithmetic(Operator.DIVIDE, self.node, node_of(other)))

    def __bool__(self) -> bool:
        raise TypeError("an expression has no truth of its own: combine conditions with `&`, `|` and `~`")

    def is_null(self) -> Expr[bool]:
        """Whether the value is absent."""
        return Expr(lambda: IsNull(self.node))

    def one_of(self, values: Iterable[object]) -> Expr[bool]:
        """Whether the value is one of these."""
        given = tuple(values)
        return Expr(lambda: Among(self.node, given))

    def like(self, pattern: str) -> Expr[bool]:
        """Whether the text matches the pattern; `%` is any text, `_` any character."""
        return _match(Matching.LIKE, self, pattern)

    def ilike(self, pattern: str) -> Expr[bool]:
        """`like`, whatever the case."""
        return _match(Matching.ILIKE, self, pattern)

    def contains(self, text: str) -> Expr[bool]:
        """Whether the text holds this one."""
        return _match(Matching.CONTAINS, self, text)

    def starts_with(self, text: str) -> Expr[bool]:
        """Whether the text begins with this one."""
        return _match(Matching.STARTS_WITH, self, text)

    def ends_with(self, text: str) -> Expr[bool]:
        """Whether the text ends with this one."""
        return _match(Matching.ENDS_WITH, self, text)

    def lower(self) -> Expr[T]:
        """The text in lower case."""
        return Expr(lambda: Call(Function.LOWER, (self.node,)))

    def upper(self) -> Expr[T]:
        """The text in upper case."""
        return Expr(lambda: Call(Function.UPPER, (self.node,)))

    def length(self) -> Expr[int]:
        """The number of characters of a text."""
        return Expr(lambda: Call(Function.LENGTH, (self.node,)))

    def or_else(self, other: object) -> Expr[T]:
        """The value, or the other one where it is absent."""
        return Expr(lambda: Call(Function.COALESCE, (self.node, node_of(other))))

    def asc(self) -> Order:
        """Smallest first."""
        return Order(self)

    def desc(self) -> Order:
        """Largest first."""
        return Order(self, descending=True)


class Order:
    """A direction to sort in; absent values come last either way."""

    def __init__(self, by: Expr[Any], *, descending: bool = False) -> None:
        self.by, self.descending = by, descending


class Walk(Expr[Any]):
    """A path that is still being walked: `Optimization.program` before `.name` is said."""

    def __init__(self, path: Callable[[], tuple[str, ...]]) -> None:
        super().__init__(lambda: Ref(path()))
        self._path = path

    def __getattr__(self, name: str) -> Walk:
        if name.startswith("_"):
            raise AttributeError(name)
        return Walk(lambda: (*self._path(), name))

    def any(self, condition: Callable[[Any], Expr[bool]]) -> Expr[bool]:
        """Whether some related record satisfies the condition."""
        return some(self._path, condition)


def some(path: Callable[[], tuple[str, ...]], condition: Callable[[Any], Expr[bool]]) -> Expr[bool]:
    """Whether some record related through the path satisfies the condition."""
    return Expr(lambda: Some(path(), node_of(condition(Walk(tuple)))))


def argument_value(name: str) -> Expr[Any]:
    """The value of the action's argument of that name."""
    return Expr(lambda: Arg(name))


def actor(name: str) -> Expr[Any]:
    """A fact about whoever acts: `actor("id")`."""
    return Expr(lambda: ActorFact(name))


def moment() -> Expr[Any]:
    """The time by the data layer's own clock: no two machines need agree."""
    return Expr(lambda: Call(Function.NOW))


def node_of(value: object) -> Node:
    """The tree of an expression, or a plain value as one."""
    if isinstance(value, Expr):
        return value.node
    return value if isinstance(value, Node) else Value(value)


def _compare(op: Comparison, left: Expr[Any], right: object) -> Expr[bool]:
    if right is None:
        absent = Expr[bool](lambda: IsNull(left.node))
        return absent if op is Comparison.EQ else ~absent
    return Expr(lambda: Compare(op, left.node, node_of(right)))


def _arithmetic(op: Operator, left: Expr[S], right: object) -> Expr[S]:
    return Expr(lambda: Arithmetic(op, left.node, node_of(right)))


def _match(op: Matching, item: Expr[Any], text: str) -> Expr[bool]:
    return Expr(lambda: Match(op, item.node, Value(text)))


def transaction() -> Expr[Any]:
    """The number of the transaction that writes; numbers follow the order of beginning, not of committing."""
    return Expr(lambda: Call(Function.TRANSACTION))
