"""Types as GraphQL shows them: what names a record is an ID, a number of records an Int, all else what it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from strawberry.scalars import ID

from framework.expr.nodes import Aggregate, Fold
from framework.graphql.scalars import INT_32
from framework.naming import foreign_key_name, snake
from framework.spec.attribute import AttributeSpec, DerivedSpec
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import Kind, Limits, Type


@dataclass(frozen=True, slots=True)
class ShownTypes:
    """The types of one schema; `keys` are what the values that name a record are called."""

    keys: frozenset[str]

    @classmethod
    def of_domain(cls, domain: DomainSpec) -> ShownTypes:
        """Those of a domain, which know its keys: those of links, and as a link to each resource would be called."""
        links = (link for spec in domain.resources.values() for link in spec.relationships.values())
        held = {link.attribute for link in links if link.holds_key}
        called = {foreign_key_name(snake(spec.name)) for spec in domain.stored}
        return cls(frozenset({"id", *held, *called}))

    def of(self, spec: ResourceSpec, value: AttributeSpec | DerivedSpec) -> Type:
        """The type of a value of a resource."""
        if isinstance(value, AttributeSpec) and value.primary_key:
            # A key that is not called `id` is a value as well, which is compared and counted with.
            return as_id(value.type) if value.name == "id" else value.type
        if any(link.holds_key and link.attribute == value.name for link in spec.relationships.values()):
            return as_id(value.type)
        if isinstance(value, DerivedSpec) and isinstance(value.node, Aggregate) and value.node.fold is Fold.COUNT:
            return replace(value.type, limits=Limits(ge=0, le=INT_32 - 1))
        return self.named(value.name, value.type)

    def named(self, name: str, kind: Type) -> Type:
        """The type of what no link tells of, as an argument or a field of a model: `execution_id`, `execution_ids`."""
        listed = kind.kind is Kind.LIST
        inner = kind.item if listed else kind
        known = (name.removesuffix("s") if listed else name) in self.keys
        return as_id(kind) if known and inner is not None and inner.kind is Kind.UUID else kind


def as_id(kind: Type) -> Type:
    """The same type, shown as an ID; of a list, its items."""
    return replace(kind, item=as_id(kind.item)) if kind.item is not None else replace(kind, python=ID)
