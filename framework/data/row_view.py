"""A row as expressions see it: with its derived values, and the rows around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from framework.data.protocols import Row
from framework.data.snapshot import Snapshot
from framework.expr.evaluate import evaluate
from framework.expr.nodes import Function
from framework.spec.attribute import DerivedSpec
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import Kind


@dataclass(frozen=True, slots=True)
class MemoryStore:
    """What can be seen: the resources, what is stored of them, and what the layer answers about itself."""

    domain: DomainSpec
    stored: Snapshot
    ask: Callable[[Function], Any]

    def all(self, spec: ResourceSpec) -> list[RowView]:
        """Every record of a resource."""
        return [RowView(row, spec, self) for row in self.stored.rows(spec.name)]


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
        """A stored value, or a derived one worked out."""
        derived = self.spec.derived.get(name)
        return self.row[name] if derived is None else _typed(derived, evaluate(derived.node, self))

    def related(self, link: str) -> Sequence[RowView]:
        """The records at the other end of a link, each once, whichever of its hops lead there."""
        found: dict[Any, RowView] = {self.key: self}
        for hop in self.spec.relationships[link].hops:
            target = self.store.domain.resources[hop.target]
            ends = (
                RowView(row, target, self.store)
                for record in found.values()
                for row in self.store.stored.matching(target.name, hop.target_attribute, record.row[hop.attribute])
            )
            found = {record.key: record for record in ends}
        return [*found.values()]

    def ask(self, function: Function) -> Any:
        """What only the layer knows."""
        return self.store.ask(function)


def _typed(derived: DerivedSpec, value: Any) -> Any:
    """The value as the type declared for it: a mean of whole numbers that is said to be a float becomes one."""
    if value is None:
        return None
    if derived.type.kind is Kind.INTEGER and isinstance(value, float | Decimal):
        # PostgreSQL rounds half a float to the even neighbour, half a decimal away from zero.
        return round(value) if isinstance(value, float) else int(value.to_integral_value(ROUND_HALF_UP))
    cast, issues = derived.type.cast(value)
    return value if issues else cast
