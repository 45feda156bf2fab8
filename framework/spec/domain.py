"""The closed set of resources that is compiled, migrated and served together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from framework.spec.action import ActionSpec, VerbRef
from framework.spec.layer import LayerRef
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import Type


@dataclass(frozen=True, slots=True)
class DomainSpec:
    """Resources by name, in the order given; `after_migrate` runs once the tables stand, `layers` carry out calls.

    `dropped` are resources that are declared no longer, whose records may go. `authenticates` says who calls.
    """

    name: str
    resources: Mapping[str, ResourceSpec] = field(default_factory=dict)
    after_migrate: tuple[VerbRef, ...] = ()
    layers: tuple[LayerRef[Any], ...] = ()
    dropped: tuple[str, ...] = ()
    authenticates: VerbRef | None = None

    def target(self, link: RelationshipSpec) -> ResourceSpec:
        """The resource at the other end of a link."""
        return self.resources[link.target]

    def upholds(self, holder: ResourceSpec, link: RelationshipSpec) -> bool:
        """Whether the store keeps a link from leading nowhere: the key is held here, and both tables are ours."""
        return link.holds_key and holder.managed and self.target(link).managed

    def action(self, resource: str, name: str) -> ActionSpec:
        """An action by the names of its resource and its own."""
        return self.resources[resource].actions[name]

    def of(self, record: type) -> ResourceSpec:
        """The spec of a resource class; raises LookupError for one that the domain does not have."""
        spec = self.resources.get(record.__name__)
        if spec is None or spec.record is not record:
            raise LookupError(f"`{record.__module__}.{record.__name__}` is not a resource of the domain `{self.name}`")
        return spec

    def polices(self, spec: ResourceSpec) -> bool:
        """Whether what no policy allows is refused: where the domain that lists the resource has any; of what an
        extension brings, where any domain has."""
        if spec.brought:
            return self.has_policies
        own = (other for other in self.resources.values() if other.domain == spec.domain and not other.brought)
        return any(other.policies for other in own)

    @property
    def has_policies(self) -> bool:
        """Whether anybody is refused anything: then what no policy allows is."""
        return any(spec.policies for spec in self.resources.values())

    @property
    def tenanted(self) -> bool:
        """Whether any records belong to tenants."""
        return any(spec.tenancy is not None for spec in self.resources.values())

    @property
    def tenant_type(self) -> Type | None:
        """What the key of a tenant is; None where nothing belongs to any."""
        owned = (spec for spec in self.resources.values() if spec.tenancy is not None and not spec.tenancy.shared)
        return next((spec.attributes[spec.tenancy.attribute].type for spec in owned if spec.tenancy is not None), None)

    @property
    def stored(self) -> tuple[ResourceSpec, ...]:
        """The resources that have a table."""
        return tuple(spec for spec in self.resources.values() if spec.stored)
