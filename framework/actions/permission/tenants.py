"""Calls about what belongs to tenants: each is in a tenant, and makes records of that one alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from framework.actions.changeset import Changeset
from framework.actions.session import Session
from framework.context import Context
from framework.errors import Forbidden
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.attribute import Origin
from framework.spec.resource import ResourceSpec
from framework.spec.tenancy import tenant_key


def without_tenant(action: ActionSpec, resource: ResourceSpec, context: Context) -> Forbidden | None:
    """The refusal of a call that is in no tenant, about what belongs to tenants; None where there is none to give."""
    tenancy = resource.tenancy
    if tenancy is None or tenancy.shared or _tenant(resource, context) is not None:
        return None
    says = f"`{action.resource}.{action.name}` is about what belongs to a tenant, and the call is in none"
    return Forbidden(says, code="no_tenant", hint="say in which tenant")


def stamped(resource: ResourceSpec, context: Context) -> dict[str, Any]:
    """The tenant of the call, where a record that is made is to have it."""
    tenancy = resource.tenancy
    if tenancy is None or resource.attributes[tenancy.attribute].origin is not Origin.TENANT:
        return {}
    key = _tenant(resource, context)
    return {} if key is None else {tenancy.attribute: key}


def held_to_tenant(changesets: Sequence[Changeset], session: Session) -> list[Changeset]:
    """The changesets, refused where a record would be made of another tenant than the call's; the system may."""
    tenancy = changesets[0].resource.tenancy
    if session.decisions is None or tenancy is None or changesets[0].action.kind is not ActionKind.CREATE:
        return list(changesets)
    return [_held(changeset, tenancy.attribute, session.context) for changeset in changesets]


def _held(changeset: Changeset, name: str, context: Context) -> Changeset:
    if changeset.values.get(name) in _allowed(changeset.resource, context):
        return changeset
    says = f"`{changeset.resource.name}.{changeset.action.name}` makes a record of another tenant than the call is in"
    return changeset.failing(Forbidden(says, code="other_tenant", path=(name,)))


def _allowed(resource: ResourceSpec, context: Context) -> Sequence[Any]:
    shared = resource.tenancy is not None and resource.tenancy.shared
    return (_tenant(resource, context), None) if shared else (_tenant(resource, context),)


def _tenant(resource: ResourceSpec, context: Context) -> Any:
    assert resource.tenancy is not None
    return tenant_key(context.tenant, resource.attributes[resource.tenancy.attribute].type)
