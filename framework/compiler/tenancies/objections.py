"""What is wrong with the attribute that is to say whose a record is."""

from __future__ import annotations

from framework.spec.attribute import AttributeSpec, Origin
from framework.spec.domain import DomainSpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.spec.tenancy import KINDS
from framework.suggest import did_you_mean

Objection = tuple[str, str | None]


def objection(spec: ResourceSpec) -> Objection | None:
    """What is wrong with the tenancy of a resource, and a way out; None where nothing is, or there is none."""
    if spec.tenancy is None:
        return None
    name = spec.tenancy.attribute
    if not spec.stored:
        return f"`{spec.name}` is not stored, so it has no records that belong to anybody", "leave it out"
    attribute = spec.attributes.get(name)
    if attribute is not None:
        return _of(attribute)
    if name in spec.derived:
        return f"`{name}` is worked out on read, and a tenant is stored", "name an attribute or a `belongs_to`"
    return f"`{name}` is not an attribute", did_you_mean(name, spec.attributes)


def own_key(spec: ResourceSpec) -> bool:
    """Whether its records are the tenants themselves."""
    return spec.tenancy is not None and spec.tenancy.attribute in {a.name for a in _keys(spec)}


def leads_to_tenants(link: RelationshipSpec, domain: DomainSpec) -> bool:
    """Whether a link leads to the tenants' own table."""
    target = domain.resources.get(link.target)
    return target is not None and own_key(target)


def _keys(spec: ResourceSpec) -> list[AttributeSpec]:
    return [attribute for attribute in spec.attributes.values() if attribute.primary_key]


def _of(attribute: AttributeSpec) -> Objection | None:
    name = attribute.name
    if attribute.type.nullable:
        return f"`{name}` may be absent, and a record without a tenant would be nobody's", "let every record have one"
    if attribute.type.kind not in KINDS:
        return f"`{name}` is of the kind {attribute.type.kind}, which no tenant's key is", "a UUID, a text or a number"
    if attribute.primary_key:
        return None
    if attribute.default is not None or attribute.touched is not None:
        return f"`{name}` says itself what it becomes, and it is the tenant of the call", "leave the default out"
    if attribute.origin not in (Origin.GIVEN, Origin.TENANT):
        return f"`{name}` is made by the store, and it is the tenant of the call", "name an attribute that is plain"
    return None
