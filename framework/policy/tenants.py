"""Whose records a call meets: of each resource that belongs to tenants, those of the tenant that it is in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from framework.expr.nodes import FALSE, Combine, Compare, Comparison, IsNull, Logic, Node, Ref, Value
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.spec.tenancy import tenant_key


class TenantConditions(Mapping[str, Node]):
    """Which records of each resource belong to the tenant; none where a call is in no tenant."""

    def __init__(self, domain: DomainSpec, tenant: str | None) -> None:
        self._domain, self._tenant = domain, tenant
        self._made: dict[str, Node | None] = {}

    def __getitem__(self, resource: str) -> Node:
        node = self.get(resource)
        if node is None:
            raise KeyError(resource)
        return node

    def get(self, resource: str, default: Node | None = None) -> Node | None:  # type: ignore[override]  # no other default
        """The condition; None where the records belong to no tenant."""
        if resource not in self._made:
            spec = self._domain.resources.get(resource)
            self._made[resource] = None if spec is None else _condition(spec, self._tenant)
        node = self._made[resource]
        return default if node is None else node

    def __contains__(self, resource: object) -> bool:
        return isinstance(resource, str) and self.get(resource) is not None

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._domain.resources if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _condition(spec: ResourceSpec, tenant: str | None) -> Node | None:
    if spec.tenancy is None:
        return None
    held = Ref(spec.tenancy.attribute)
    key = tenant_key(tenant, spec.attributes[held.name].type)
    mine = FALSE if key is None else Compare(Comparison.EQ, held, Value(key))
    if not spec.tenancy.shared:
        return mine
    return IsNull(held) if key is None else Combine(Logic.OR, (IsNull(held), mine))
