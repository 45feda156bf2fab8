"""What one may do and see: the rules of a domain, decided for each call by who asks and what the call gives."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from enum import Enum
from typing import Any
from uuid import UUID

from framework.context import Context
from framework.data.access_scope import AccessScope
from framework.expr.nodes import FALSE, TRUE, Node
from framework.policy.binding import NOTHING, Known
from framework.policy.breakdown import RuleAnswer, breakdown
from framework.policy.compiled import Compiled
from framework.policy.scoping import FieldConditions, RowConditions
from framework.policy.tenants import TenantConditions
from framework.policy.unrecorded import without_record
from framework.spec.action import ActionSpec
from framework.spec.domain import DomainSpec
from framework.spec.tenancy import tenant_key

# Values of one of these types that are equal are the same to every condition.
COMPARED = (str, int, UUID, Enum)


class Decisions:
    """The rules of a domain, compiled once. `asked` is False where nobody is refused or shown less than others."""

    def __init__(self, domain: DomainSpec) -> None:
        self.domain = domain
        self.policed = domain.has_policies
        self.tenanted = domain.tenanted
        self._tenant_type = domain.tenant_type
        filtered = any(spec.field_policies or spec.base for spec in domain.resources.values())
        self.asked = self.policed or self.tenanted or filtered
        self._compiled = Compiled(domain)

    @classmethod
    def of(cls, domain: DomainSpec) -> Decisions:
        """The decisions of a domain; whoever serves it keeps them."""
        return cls(domain)

    def in_its_tenant(self, context: Context) -> Context:
        """The context with the tenant as its key is written, whichever way that was spelled; what is none is none."""
        if context.tenant is None:
            return context
        key = None if self._tenant_type is None else tenant_key(context.tenant, self._tenant_type)
        return replace(context, tenant=None if key is None else str(key))

    def decided(self, action: ActionSpec, context: Context, given: Mapping[str, Any] = NOTHING) -> Node:
        """`TRUE`, `FALSE`, or what has to be true of the record, which is all that is left to ask.

        `given` holds what the call gives for accepted attributes and arguments, typed. An action about no record is
        decided at once.
        """
        if not self.policed:
            return TRUE
        node = self._compiled.action(action)(Known.of(context, given))
        return node if node in (TRUE, FALSE) or action.about_records else without_record(node)

    def alike(self, action: ActionSpec, given: Mapping[str, Any]) -> Hashable:
        """What is equal for two calls of one actor about which the same is decided; None where nobody can tell."""
        deciding = self._compiled.deciding(action)
        values = [given.get(name) for name in deciding.values]
        if any(value is not None and not isinstance(value, COMPARED) for value in values):
            return None
        present = tuple(name in given for name in (*deciding.values, *deciding.presence))
        return present, tuple((type(value), value) for value in values)

    def spoken_of(self, action: ActionSpec) -> frozenset[str]:
        """The attributes of the record that a decision looks at: where the call gives one, it is asked again."""
        return self._compiled.spoken_of(action) if self.policed else frozenset()

    def afterwards(
        self, action: ActionSpec, context: Context, given: Mapping[str, Any], before: Mapping[str, Any]
    ) -> Node:
        """What has to be true of the record once the update is made: what the call gave stands in it.

        `before` holds what the record was, of the attributes that the decision looks at; what the call did not give
        counts as it was.
        """
        return self._compiled.afterwards(action, before, Known.of(context, given)) if self.policed else TRUE

    def scope(
        self, context: Context, *, of: ActionSpec | None = None, given: Mapping[str, Any] = NOTHING
    ) -> AccessScope | None:
        """What may be seen; None where everybody sees all.

        Of a resource that is what its default reader may find, under its base filters. With `of`, a read, its
        resource is seen as that read does by what is `given` to it, without the base filters that it goes past.
        """
        if not self.asked:
            return None
        known = Known.of(context)
        read = None if of is None else (of, Known(known.facts, given))
        tenants = TenantConditions(self.domain, context.tenant) if self.tenanted else None
        rows = RowConditions(self._compiled, known, read, tenants)
        return AccessScope(rows, FieldConditions(self._compiled, known), tenants, context.tenant)

    def writable(self, action: ActionSpec, context: Context, given: Mapping[str, Any]) -> Mapping[str, Node]:
        """What has to be true of the record for each field given that not everybody may give: `FALSE`, or of which."""
        known = Known.of(context, given)
        asked = {name: bound for name, bound in self._compiled.writable(action).items() if name in given}
        return {name: node for name, bound in asked.items() if (node := bound(known)) != TRUE}

    def breakdown(
        self, action: ActionSpec, context: Context, given: Mapping[str, Any] = NOTHING
    ) -> tuple[RuleAnswer, ...]:
        """What each rule of the action's resource comes to, in the order declared."""
        return breakdown(self._compiled, action, Known.of(context, given))
