"""Gives every `has_many` the keys of the `belongs_to` that it is the inverse of."""

from __future__ import annotations

from dataclasses import replace

from framework.spec.domain import DomainSpec
from framework.spec.relationship import Hop, RelationshipSpec
from framework.spec.resource import ResourceSpec


def inverse_relationships(domain: DomainSpec) -> DomainSpec:
    """The domain with inverses settled; one that is missing or ambiguous is left for the verifiers."""
    resources = {
        name: replace(
            spec, relationships={key: _settled(link, spec, domain) for key, link in spec.relationships.items()}
        )
        for name, spec in domain.resources.items()
    }
    return replace(domain, resources=resources)


def inverses(link: RelationshipSpec, spec: ResourceSpec, domain: DomainSpec) -> list[RelationshipSpec]:
    """The `belongs_to` links of the target that lead back here, and bear the name said, if one was."""
    target = domain.resources.get(link.target)
    back = [] if target is None else [b for b in target.relationships.values() if b.holds_key and b.target == spec.name]
    return [b for b in back if link.inverse in (None, b.name)]


def _settled(link: RelationshipSpec, spec: ResourceSpec, domain: DomainSpec) -> RelationshipSpec:
    if link.holds_key:
        return link
    back = inverses(link, spec, domain)
    if len(back) != 1:
        return link
    hop = Hop(link.target, back[0].target_attribute, back[0].attribute)
    return replace(link, inverse=back[0].name, hops=(hop,))
