"""A row as expressions see it: with its derived values, and the rows around it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from framework.data.access_scope import AccessScope
from framework.data.protocols import Row
from framework.data.snapshot import Snapshot
from framework.expr.evaluate import evaluate, holds
from framework.expr.nodes import Function
from framework.spec.attribute import DerivedSpec
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import Kind


@dataclass(frozen=True, slots=True)
class MemoryStore:
    """What can be seen: the resources, what is stored of them, and what the layer answers about itself.

    With a scope, that is what may be seen, by whichever way.
    """

    domain: DomainSpec
    stored: Snapshot
    ask: Callable[[Function], Any]
    scope: AccessScope | None = None

    def all(self, spec: ResourceSpec) -> list[RowView]:
        """Every record of a resource."""
        return self.visible(RowView(row, spec, self) for row in self.stored.rows(spec.name))

    def visible(self, records: Iterable[RowView]) -> list[RowView]:
        """Those of the records that may be seen."""
        if self.scope is None:
            return [*records]
        whole, rows = self.whole(), self.scope.row
        return [record for record in records if holds(rows(record.spec.name), replace(record, store=whole))]

    def whole(self) -> MemoryStore:
        """Everything that is stored; of the tenant, where the scope is that of one."""
        return self if self.scope is None else replace(self, scope=self.scope.whole)


@dataclass(frozen=True, slots=True)
class RowView:
    """One row in its store; the subject of expressions."""

    row: Row
    spec: ResourceSpec
    store: MemoryStore

    @property
    def key(self) -> Any:
        """Its primary key."""
        return self.row[self.spec.key.name]

    def value(self, name: str) -> Any:
        """A stored value, or a derived one worked out; absent where it may not be read."""
        if not self.readable(name):
            return None
        derived = self.spec.derived.get(name)
        return self.row[name] if derived is None else _typed(derived, evaluate(derived.node, self))

    def related(self, link: str) -> Sequence[RowView]:
        """The records at the other end of a link, each once, whichever of its hops lead there."""
        found: dict[Any, RowView] = {self.key: self}
        for hop in self.spec.relationships[link].hops:
            target = self.store.domain.resources[hop.target]
            ends = (
                end
                for record in found.values()
                for row in self.store.stored.matching(target.name, hop.target_attribute, record.value(hop.attribute))
                if (end := RowView(row, target, self.store)).readable(hop.target_attribute)
            )
            found = {record.key: record for record in self.store.visible(ends)}
        return [*found.values()]

    def ask(self, function: Function) -> Any:
        """What only the layer knows."""
        return self.store.ask(function)

    def whole(self) -> RowView:
        """The same record, seen as it is."""
        return replace(self, store=self.store.whole())

    def readable(self, name: str) -> bool:
        """Whether the value of that name may be read of this record."""
        scope = self.store.scope
        condition = None if scope is None else scope.field(self.spec.name, name)
        return condition is None or holds(condition, replace(self, store=self.store.whole()))


def _typed(derived: DerivedSpec, value: Any) -> Any:
    """The value as the type declared for it: a mean of whole numbers that is said to be a float becomes one."""
    if value is None:
        return None
    if derived.type.kind is Kind.INTEGER and isinstance(value, float | Decimal):
        # PostgreSQL rounds half a float to the even neighbour, half a decimal away from zero.
        return round(value) if isinstance(value, float) else int(value.to_integral_value(ROUND_HALF_UP))
    cast, issues = derived.type.cast(value)
    return value if issues else cast
