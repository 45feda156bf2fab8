"""A tenancy names a plain attribute that every record has, alike in all resources, and links stay within it."""

from __future__ import annotations

from collections.abc import Iterator

from framework.compiler.tenancies.objections import leads_to_tenants, objection, own_key
from framework.errors import Problem
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec


def sound_tenancies(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to what cannot say whose a record is, and to what is said of tenants where there are none."""
    for spec in domain.resources.values():
        found = objection(spec)
        if spec.tenancy is not None and found is not None:
            yield Problem(spec.tenancy.source, f"{spec.name}.tenancy", *found)
        yield from _across_nothing(spec)
        if spec.tenancy is not None and found is None:
            yield from _links(spec, domain)
    yield from _of_one_type(domain)


def _across_nothing(spec: ResourceSpec) -> Iterator[Problem]:
    for identity in spec.identities.values():
        if identity.across_tenants and (spec.tenancy is None or own_key(spec)):
            says = f"holds across tenants, and the records of `{spec.name}` belong to none"
            yield Problem(identity.source, f"{spec.name}.{identity.name}", says, "leave `across_tenants` out")


def _links(spec: ResourceSpec, domain: DomainSpec) -> Iterator[Problem]:
    tenancy = spec.tenancy
    assert tenancy is not None
    for link in spec.relationships.values():
        target = domain.resources.get(link.target)
        if not link.holds_key or target is None or target.tenancy is None or target.tenancy.shared:
            continue
        if link.attribute == tenancy.attribute and not own_key(target):
            says = f"`{link.target}` is said to be the tenants' own table, and its records belong to tenants themselves"
            hint = "say there that its key is the tenant's, `tenancy = by_column(id)`, or nothing"
            yield Problem(tenancy.source, f"{spec.name}.tenancy", says, hint)
        elif link.attribute != tenancy.attribute and leads_to_tenants(link, domain) and not own_key(spec):
            says = f"leads to `{link.target}`, of which a record meets its own tenant alone"
            hint = f"follow the link of `{tenancy.attribute}`, or let `{link.target}` have no tenancy"
            yield Problem(link.source, f"{spec.name}.{link.name}", says, hint)


def _of_one_type(domain: DomainSpec) -> Iterator[Problem]:
    """A call is in one tenant, whichever resources it meets."""
    sound = [spec for spec in domain.resources.values() if spec.tenancy is not None and objection(spec) is None]
    for spec in sound[1:]:
        first, tenancy = sound[0], spec.tenancy
        assert first.tenancy is not None
        assert tenancy is not None
        one, other = (
            each.attributes[said.attribute].type.kind for each, said in ((first, first.tenancy), (spec, tenancy))
        )
        if one is not other:
            says = f"is of the kind {other}, and `{first.name}.{first.tenancy.attribute}` of the kind {one}"
            yield Problem(tenancy.source, f"{spec.name}.tenancy", says, "let the keys of tenants be of one type")
