"""What is kept of statements: bounded, the least recently used given up first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect

from framework.spec.resource import ResourceSpec
from framework.sql.clauses.sight import Asked, ScopePattern, ScopeSight
from framework.sql.statements.sendable import Sendable

SIZE = 300
Statement = sa.sql.Executable
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeptStatement:
    """A statement about a resource, the resources of all tables that it names, and what it asks of a scope."""

    resource: ResourceSpec
    statement: Statement
    tables: Sequence[str]
    asked: tuple[Asked, ...] = ()
    # By the dialect that it is written in, of which a process has one for each of its pools.
    _sendable: dict[Dialect, Sendable | None] = field(default_factory=dict, compare=False, repr=False)

    def sendable(self, dialect: Dialect) -> Sendable | None:
        """It as the driver takes it, written once."""
        if dialect not in self._sendable:
            self._sendable[dialect] = Sendable.of(self.statement, dialect)
        return self._sendable[dialect]


class StatementCache:
    """The statements by their patterns; those through a scope by what they ask of it as well."""

    def __init__(self) -> None:
        self._statements: OrderedDict[Hashable, KeptStatement] = OrderedDict()
        # By pattern alone; the resource is kept along, as its identity is part of the key.
        self._asked: OrderedDict[Hashable, tuple[ResourceSpec, tuple[Asked, ...]]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._statements)

    def once(self, key: Hashable, make: Callable[[], KeptStatement]) -> KeptStatement:
        """The statement kept under the key, or the one that is made now."""
        found = self._statements.get(key)
        return _used(self._statements, key, make() if found is None else found)

    def once_for(
        self, key: Hashable, scope: ScopePattern, make: Callable[[ScopeSight], KeptStatement]
    ) -> KeptStatement:
        """The statement kept under the key for all scopes of this shape, or the one that is made now."""
        known = self._asked.get(key)
        found = None if known is None else self._statements.get((key, scope.shape(known[1])))
        if found is None:
            sight = ScopeSight(scope)
            found = replace(make(sight), asked=tuple(sight.asked))
        _used(self._asked, key, (found.resource, found.asked))
        return _used(self._statements, (key, scope.shape(found.asked)), found)


def _used(kept: OrderedDict[Hashable, T], key: Hashable, found: T) -> T:
    """Keeps what was found as what was used last."""
    kept[key] = found
    kept.move_to_end(key)
    if len(kept) > SIZE:
        kept.popitem(last=False)
    return found
