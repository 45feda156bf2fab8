"""The conditions of an access scope, each worked out when somebody looks: a session pays for what it touches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce

from framework.expr.nodes import FALSE, TRUE, Node
from framework.policy.affirming import both
from framework.policy.binding import Known
from framework.policy.compiled import Compiled
from framework.spec.action import ActionSpec


class RowConditions(Mapping[str, Node]):
    """Which records of each resource may be seen, of those of which not all may be; each condition is made once."""

    def __init__(
        self,
        compiled: Compiled,
        known: Known,
        read: tuple[ActionSpec, Known] | None,
        tenants: Mapping[str, Node] | None = None,
    ) -> None:
        self._compiled, self._known, self._read, self._tenants = compiled, known, read, tenants
        self._made: dict[str, Node] = {}

    def __getitem__(self, resource: str) -> Node:
        node = self.get(resource)
        if node is None:
            raise KeyError(resource)
        return node

    def get(self, resource: str, default: Node | None = None) -> Node | None:  # type: ignore[override]  # no other default
        """The condition; None where it is always true."""
        if resource not in self._compiled.domain.resources:
            return default
        node = self._made.get(resource)
        if node is None:
            node = self._made[resource] = self._condition(resource)
        return default if node == TRUE else node

    def __contains__(self, resource: object) -> bool:
        return isinstance(resource, str) and self.get(resource) is not None

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._compiled.domain.resources if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _condition(self, name: str) -> Node:
        """What its reader finds, or what the read at hand does, of what its base filters leave; of the tenant's."""
        own = self._read if self._read is not None and self._read[0].resource == name else None
        past = () if own is None else own[0].past
        filters = (bound(self._known) for each, bound in self._compiled.base(name).items() if each not in past)
        tenant = None if self._tenants is None else self._tenants.get(name)
        return reduce(
            both, filters, self._decided(name, own) if tenant is None else both(tenant, self._decided(name, own))
        )

    def _decided(self, name: str, own: tuple[ActionSpec, Known] | None) -> Node:
        domain = self._compiled.domain
        if not domain.polices(domain.resources[name]):
            return TRUE
        if own is not None:
            return self._compiled.action(own[0])(own[1])
        reader = domain.resources[name].reader
        return FALSE if reader is None else self._compiled.action(reader)(self._known)


class FieldConditions(Mapping[str, Mapping[str, Node]]):
    """Of which records each field may be read, by resource."""

    def __init__(self, compiled: Compiled, known: Known) -> None:
        self._compiled, self._known = compiled, known
        self._made: dict[str, Mapping[str, Node]] = {}

    def __getitem__(self, resource: str) -> Mapping[str, Node]:
        if resource not in self:
            raise KeyError(resource)
        found = self._made.get(resource)
        if found is None:
            bound = self._compiled.readable(resource)
            nodes = {name: each(self._known) for name, each in bound.items()}
            found = self._made[resource] = {name: node for name, node in nodes.items() if node != TRUE}
        return found

    def __contains__(self, resource: object) -> bool:
        spec = self._compiled.domain.resources.get(str(resource))
        return spec is not None and any(said.readable for said in spec.field_policies.values())

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._compiled.domain.resources if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)
