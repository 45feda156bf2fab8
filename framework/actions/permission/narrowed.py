"""What a key sees that is for some actions only: nothing of what none of its scopes reads, by whichever link."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from framework.data.access_scope import AccessScope
from framework.expr.nodes import FALSE, Node
from framework.spec.domain import DomainSpec
from framework.spec.key_scopes import scopes_allow


def narrowed(scope: AccessScope | None, scopes: Collection[str] | None, domain: DomainSpec) -> AccessScope | None:
    """The access scope without the records of resources that the scopes name no read of."""
    if scopes is None:
        return scope
    hidden = [
        name
        for name, spec in domain.resources.items()
        if not any(scopes_allow(scopes, action) for action in spec.actions.values() if action.kind == "read")
    ]
    if not hidden:
        return scope
    given = AccessScope({}, {}) if scope is None else scope
    return AccessScope(_Hiding(given.rows, frozenset(hidden)), given.fields, given.tenants, given.within)


class _Hiding(Mapping[str, Node]):
    """Conditions on records by resource, of which some are met by none."""

    def __init__(self, rows: Mapping[str, Node], hidden: frozenset[str]) -> None:
        self._rows, self._hidden = rows, hidden

    def __getitem__(self, resource: str) -> Node:
        return FALSE if resource in self._hidden else self._rows[resource]

    def __contains__(self, resource: object) -> bool:
        return resource in self._hidden or resource in self._rows

    def __iter__(self) -> Iterator[str]:
        yield from self._hidden
        yield from (name for name in self._rows if name not in self._hidden)

    def __len__(self) -> int:
        return sum(1 for _ in self)
