"""What may be seen, as clauses: the conditions of an access scope, and which of them a statement hangs on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from framework.data.access_scope import AccessScope
from framework.expr.nodes import TRUE, Node
from framework.sql.clauses.binding import Clause
from framework.sql.clauses.expressions import condition_of
from framework.sql.clauses.parameters import MARK, parametrized
from framework.sql.clauses.table_scope import TableScope

Asked = tuple[str, str | None]
"""A resource, and the name of a value of it; without a name, which of its records may be seen."""
# In the place of a name: which of its records belong to the tenant. No attribute is called so.
TENANT = "TENANT"


class Conditions(Protocol):
    """An access scope, or a pattern of one."""

    def row(self, resource: str) -> Node | None:
        """Which records of the resource may be seen; None for all."""
        ...

    def field(self, resource: str, name: str) -> Node | None:
        """Of which records the value of that name may be read; None for all."""
        ...

    def tenant(self, resource: str) -> Node | None:
        """Which records of the resource belong to the tenant; None where they belong to none."""
        ...

    @property
    def of_a_tenant(self) -> bool:
        """Whether any records belong to tenants."""
        ...


@dataclass(frozen=True, slots=True)
class ScopePattern:
    """An access scope with its known values taken out: all scopes that differ in them alone have the same patterns.

    It is worked out as it is asked for; what cannot be a pattern raises CannotBeParametrized.
    """

    scope: AccessScope
    known: dict[Asked, tuple[Node | None, dict[str, Any]]] = field(default_factory=dict)

    def row(self, resource: str) -> Node | None:
        """The pattern of which records of the resource may be seen; None for all."""
        return self._pattern((resource, None))[0]

    def field(self, resource: str, name: str) -> Node | None:
        """The pattern of which records the value of that name may be read of; None for all."""
        return self._pattern((resource, name))[0]

    def tenant(self, resource: str) -> Node | None:
        """The pattern of which records of the resource belong to the tenant; None where they belong to none."""
        return self._pattern((resource, TENANT))[0]

    @property
    def of_a_tenant(self) -> bool:
        """Whether any records belong to tenants."""
        return self.scope.of_a_tenant

    def shape(self, asked: Iterable[Asked]) -> tuple[Node | None, ...]:
        """All that a statement hangs on which asks this."""
        return tuple(self._pattern(each)[0] for each in asked)

    def values(self, asked: Iterable[Asked]) -> dict[str, Any]:
        """What a statement is run with, besides, which asks this."""
        return {name: value for each in asked for name, value in self._pattern(each)[1].items()}

    def _pattern(self, asked: Asked) -> tuple[Node | None, dict[str, Any]]:
        found = self.known.get(asked)
        if found is None:
            resource, name = asked
            node = self._condition(resource, name)
            values: dict[str, Any] = {}
            mine = f"{MARK}{resource}{MARK}{name or ''}{MARK}"
            found = self.known[asked] = (None if node is None else parametrized(node, values, mine), values)
        return found

    def _condition(self, resource: str, name: str | None) -> Node | None:
        if name == TENANT:
            return self.scope.tenant(resource)
        return self.scope.row(resource) if name is None else self.scope.field(resource, name)


@dataclass(frozen=True, slots=True)
class ScopeSight:
    """What may be seen through a statement. The conditions themselves see all; `asked` is what was asked of them.

    Where `is_whole`, nothing is hidden but what belongs to other tenants.
    """

    conditions: Conditions
    asked: dict[Asked, None] = field(default_factory=dict)
    is_whole: bool = False

    def whole(self) -> ScopeSight | None:
        """What the conditions themselves see; None for everything."""
        return replace(self, is_whole=True) if self.conditions.of_a_tenant else None

    def row(self, scope: TableScope) -> Clause | None:
        """That the record may be seen; None where all may be."""
        name = scope.resource.name
        self.asked[name, TENANT if self.is_whole else None] = None
        return _clause(self.conditions.tenant(name) if self.is_whole else self.conditions.row(name), scope)

    def field(self, scope: TableScope, name: str) -> Clause | None:
        """That the value of that name may be read of the record; None where it may be of all."""
        if self.is_whole:
            return None
        self.asked[scope.resource.name, name] = None
        return _clause(self.conditions.field(scope.resource.name, name), scope)


def _clause(condition: Node | None, scope: TableScope) -> Clause | None:
    return None if condition is None or condition == TRUE else condition_of(condition, scope.policed())
