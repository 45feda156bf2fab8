"""What extensions keep for all resources, as events and jobs are, of tenants where there are any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from framework.spec.attribute import AttributeSpec, Default, Origin, Visibility
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.spec.tenancy import TenancySpec
from framework.types.type import Kind, Type

TENANT = "tenant"
KEY = Type(Kind.STRING, str, nullable=True)


def shared_by_tenants(domain: DomainSpec, record: type, accepting: Sequence[str] = ()) -> DomainSpec:
    """The domain with the tenant kept by each record of the class, if any has one: then only that tenant meets it.

    The actions of these names are told whose their record is; a domain without tenants stays as it is.
    """
    spec = domain.resources.get(record.__name__)
    if spec is None or spec.record is not record or spec.tenancy is not None or not domain.tenanted:
        return domain
    return replace(domain, resources={**domain.resources, spec.name: _shared(spec, accepting)})


def _shared(spec: ResourceSpec, accepting: Sequence[str]) -> ResourceSpec:
    tenant = AttributeSpec(
        TENANT,
        KEY,
        spec.source,
        doc="The tenant it belongs to, if it does to one.",
        origin=Origin.TENANT,
        default=Default(value=None),
        visibility=Visibility.PRIVATE,
    )
    actions = {
        name: replace(action, accept=(*action.accept, TENANT)) if name in accepting else action
        for name, action in spec.actions.items()
    }
    attributes = {**spec.attributes, TENANT: tenant}
    return replace(spec, attributes=attributes, actions=actions, tenancy=TenancySpec(TENANT, spec.source, shared=True))
