"""Has all that follows from a tenancy carried by the rest of a resource, so that nothing else need know of it.

The attribute is stamped; what is unique, and what shares nothing at the same time, is so within the tenant; and a link
between two resources that belong to tenants leads to a record of the same one, which a foreign key upholds.
"""

from __future__ import annotations

from dataclasses import replace

from framework.compiler.tenancies.objections import leads_to_tenants, objection, own_key
from framework.expr.nodes import Node, Ref
from framework.spec.attribute import IdentitySpec, Origin, names_in
from framework.spec.domain import DomainSpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.spec.tenancy import TenancySpec

# The identity that foreign keys refer to, and that lists of one tenant go by.
OF_TENANT = "of_tenant"


def carried_tenancies(domain: DomainSpec) -> DomainSpec:
    """The domain with every sound tenancy carried; what is wrong with another is left for the verifiers."""
    resources = {name: _carried(spec, domain) for name, spec in domain.resources.items()}
    return replace(domain, resources=resources)


def _carried(spec: ResourceSpec, domain: DomainSpec) -> ResourceSpec:
    tenancy = spec.tenancy
    if tenancy is None or objection(spec) is not None or own_key(spec):
        return spec
    stamped = replace(spec.attributes[tenancy.attribute], origin=Origin.TENANT)
    identities = {name: _within(each, tenancy) for name, each in spec.identities.items()}
    exclusions = {name: replace(each, parts=_led(each.parts, tenancy)) for name, each in spec.exclusions.items()}
    if spec.retention is None or spec.retention.partition_every is None:
        # A foreign key refers to nothing that is looked at once a statement is done.
        parts = (Ref(tenancy.attribute), Ref(spec.key.name))
        identities[OF_TENANT] = IdentitySpec(OF_TENANT, parts, tenancy.source, deferrable=False)
    return replace(
        spec,
        attributes={**spec.attributes, stamped.name: stamped},
        identities=identities,
        exclusions=exclusions,
        relationships={name: _matched(link, tenancy, domain) for name, link in spec.relationships.items()},
    )


def _within(identity: IdentitySpec, tenancy: TenancySpec) -> IdentitySpec:
    return identity if identity.across_tenants else replace(identity, parts=_led(identity.parts, tenancy))


def _led(parts: tuple[Node, ...], tenancy: TenancySpec) -> tuple[Node, ...]:
    """The parts with the tenant before them, as whatever is looked up is looked up within one."""
    return parts if tenancy.attribute in names_in(*parts) else (Ref(tenancy.attribute), *parts)


def _matched(link: RelationshipSpec, tenancy: TenancySpec, domain: DomainSpec) -> RelationshipSpec:
    target = domain.resources.get(link.target)
    theirs = None if target is None else target.tenancy
    if target is None or theirs is None or not link.holds_key or link.attribute == tenancy.attribute:
        return link
    if objection(target) is not None or leads_to_tenants(link, domain):
        return link
    return replace(link, matched=((tenancy.attribute, theirs.attribute),))
