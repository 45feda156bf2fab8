"""Writing expressions as Python: `Program.name.ilike("%qa%") & (Program.runs > 3)`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

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
    Some,
    Value,
    along,
)
from framework.expr.scopes import Inside, Path, Scope, Start, enclosed, settled

T_co = TypeVar("T_co", covariant=True)
R = TypeVar("R")
S = TypeVar("S")
Wider = TypeVar("Wider", Decimal, float)
"""What a whole number becomes when it meets one of these."""


class Expr(Generic[T_co]):
    """An expression whose value is a `T_co`. It is built when asked for, so names may be settled later."""

    __hash__ = object.__hash__

    def __init__(self, build: Callable[[], Node]) -> None:
        self._build = build

    @property
    def tree_(self) -> Node:
        """The tree as it was written: parts of it still say by a name which record they start from."""
        return self._build()

    @property
    def node(self) -> Node:
        """The tree that this expression stands for, about a record of whichever class it speaks of."""
        return settled(self._build())

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
        return Expr(lambda: Combine(Logic.AND, (self.tree_, other.tree_)))

    def __or__(self, other: Expr[bool]) -> Expr[bool]:
        return Expr(lambda: Combine(Logic.OR, (self.tree_, other.tree_)))

    def __invert__(self) -> Expr[bool]:
        return Expr(lambda: Not(self.tree_))

    @overload
    def __add__(self: Expr[int], other: int | Expr[int]) -> Expr[int]: ...
    @overload
    def __add__(self: Expr[int], other: Wider | Expr[Wider]) -> Expr[Wider]: ...
    @overload
    def __add__(self, other: object) -> Expr[T_co]: ...
    def __add__(self, other: Any) -> Any:
        return _arithmetic(Operator.ADD, self, other)

    @overload
    def __sub__(self: Expr[int], other: int | Expr[int]) -> Expr[int]: ...
    @overload
    def __sub__(self: Expr[int], other: Wider | Expr[Wider]) -> Expr[Wider]: ...
    @overload
    def __sub__(self, other: object) -> Expr[T_co]: ...
    def __sub__(self, other: Any) -> Any:
        return _arithmetic(Operator.SUBTRACT, self, other)

    @overload
    def __mul__(self: Expr[int], other: int | Expr[int]) -> Expr[int]: ...
    @overload
    def __mul__(self: Expr[int], other: Wider | Expr[Wider]) -> Expr[Wider]: ...
    @overload
    def __mul__(self, other: object) -> Expr[T_co]: ...
    def __mul__(self, other: Any) -> Any:
        return _arithmetic(Operator.MULTIPLY, self, other)

    def __truediv__(self, other: object) -> Expr[float | None]:
        return Expr(lambda: Arithmetic(Operator.DIVIDE, self.tree_, written(other)))

    def __bool__(self) -> bool:
        raise TypeError("an expression has no truth of its own: combine conditions with `&`, `|` and `~`")

    def is_null(self) -> Expr[bool]:
        """Whether the value is absent."""
        return Expr(lambda: IsNull(self.tree_))

    def one_of(self, values: Iterable[object]) -> Expr[bool]:
        """Whether the value is one of these."""
        given = tuple(values)
        return Expr(lambda: Among(self.tree_, given))

    def like(self, pattern: str | Expr[Any]) -> Expr[bool]:
        """Whether the text matches the pattern; `%` is any text, `_` any character."""
        return _match(Matching.LIKE, self, pattern)

    def ilike(self, pattern: str | Expr[Any]) -> Expr[bool]:
        """`like`, whatever the case."""
        return _match(Matching.ILIKE, self, pattern)

    def contains(self, text: str | Expr[Any]) -> Expr[bool]:
        """Whether the text holds this one."""
        return _match(Matching.CONTAINS, self, text)

    def starts_with(self, text: str | Expr[Any]) -> Expr[bool]:
        """Whether the text begins with this one."""
        return _match(Matching.STARTS_WITH, self, text)

    def ends_with(self, text: str | Expr[Any]) -> Expr[bool]:
        """Whether the text ends with this one."""
        return _match(Matching.ENDS_WITH, self, text)

    def lower(self) -> Expr[T_co]:
        """The text in lower case."""
        return Expr(lambda: Call(Function.LOWER, (self.tree_,)))

    def upper(self) -> Expr[T_co]:
        """The text in upper case."""
        return Expr(lambda: Call(Function.UPPER, (self.tree_,)))

    def length(self) -> Expr[int]:
        """The number of characters of a text."""
        return Expr(lambda: Call(Function.LENGTH, (self.tree_,)))

    def or_else(self: Expr[S | None], other: S | Expr[S]) -> Expr[S]:
        """The value, or the other one where it is absent."""
        return Expr(lambda: Call(Function.COALESCE, (self.tree_, written(other))))

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


class Related(Generic[R]):
    """The records at the end of a path of links: something to set conditions on."""

    def __init__(self, path: Callable[[], Path]) -> None:
        self.path_ = path

    def any(self, condition: Callable[[type[R]], Expr[bool]]) -> Expr[bool]:
        """Whether some of them satisfies the condition."""
        return Expr(lambda: _some(self.path_(), condition))

    def none(self, condition: Callable[[type[R]], Expr[bool]]) -> Expr[bool]:
        """Whether none of them satisfies the condition."""
        return ~self.any(condition)


class Walk(Expr[Any], Related[Any]):
    """A path that is still being walked: `Optimization.program` before `.name` is said."""

    def __init__(self, path: Callable[[], Path]) -> None:
        Expr.__init__(self, lambda: Start(path().scope, along(*path().names)))
        Related.__init__(self, path)

    if TYPE_CHECKING:
        # What a path leads to is known to no checker, whatever it is combined with.
        def __add__(self, other: object) -> Expr[Any]: ...
        def __sub__(self, other: object) -> Expr[Any]: ...
        def __mul__(self, other: object) -> Expr[Any]: ...

    def __getattr__(self, name: str) -> Walk:
        if name.startswith("_"):
            raise AttributeError(name)
        return Walk(lambda: self.path_().then(name))


def walk_from(scope: Scope) -> Any:
    """A record to walk from: what a lambda is given."""
    return Walk(lambda: Path(scope))


def inside(chosen: Callable[[Any], object]) -> Node:
    """What a lambda says of the record it is given."""
    given = Inside()
    return enclosed(written(chosen(walk_from(given))), lambda scope: scope is given)


def _some(path: Path, condition: Callable[[Any], Expr[bool]]) -> Node:
    node = inside(condition)
    for link in reversed(path.names):
        node = Some(link, node)
    return Start(path.scope, node)


def argument_value(name: str) -> Expr[Any]:
    """The value of the action's argument of that name."""
    return Expr(lambda: Arg(name))


def actor(name: str) -> Expr[Any]:
    """A fact about whoever acts: `actor("id")`."""
    return Expr(lambda: ActorFact(name))


def moment() -> Expr[Any]:
    """The time by the data layer's own clock: no two machines need agree."""
    return Expr(lambda: Call(Function.NOW))


def node_of(value: object, record: type | None = None) -> Node:
    """The tree of an expression as seen from a record of the class, or a plain value; raises WrongRecord."""
    return settled(written(value), record)


def written(value: object) -> Node:
    """The tree of an expression as it was written, or a plain value as one."""
    if isinstance(value, Expr):
        return value.tree_
    return value if isinstance(value, Node) else Value(value)


def _compare(op: Comparison, left: Expr[Any], right: object) -> Expr[bool]:
    if right is None:
        absent = Expr[bool](lambda: IsNull(left.tree_))
        return absent if op is Comparison.EQ else ~absent
    return Expr(lambda: Compare(op, left.tree_, written(right)))


def _arithmetic(op: Operator, left: Expr[S], right: object) -> Expr[S]:
    return Expr(lambda: Arithmetic(op, left.tree_, written(right)))


def _match(op: Matching, item: Expr[Any], text: str | Expr[Any]) -> Expr[bool]:
    return Expr(lambda: Match(op, item.tree_, written(text)))


def transaction() -> Expr[Any]:
    """The number of the transaction that writes; numbers follow the order of beginning, not of committing."""
    return Expr(lambda: Call(Function.TRANSACTION))


def store() -> Expr[Any]:
    """Which store it is: another one once it was restored elsewhere."""
    return Expr(lambda: Call(Function.STORE))


def horizon() -> Expr[Any]:
    """The number of the oldest transaction under way that may tell something: what has a smaller one is settled."""
    return Expr(lambda: Call(Function.HORIZON))
