"""Gives every `belongs_to` the attribute that holds its key, typed as the target's primary key."""

from __future__ import annotations

from dataclasses import replace

from framework.spec.attribute import AttributeSpec, Default
from framework.spec.domain import DomainSpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec


def foreign_keys(domain: DomainSpec) -> DomainSpec:
    """The domain with keys in place; links to resources out of sight are left for the verifiers."""
    return replace(domain, resources={name: _with_keys(spec, domain) for name, spec in domain.resources.items()})


def _with_keys(spec: ResourceSpec, domain: DomainSpec) -> ResourceSpec:
    attributes, links = dict(spec.attributes), dict(spec.relationships)
    for link in spec.relationships.values():
        target = domain.resources.get(link.target)
        if link.many or target is None or not any(a.primary_key for a in target.attributes.values()):
            continue
        links[link.name] = replace(link, target_attribute=target.key.name)
        attributes.setdefault(link.attribute, _key(link, target))
    return replace(spec, attributes=attributes, relationships=links)


def _key(link: RelationshipSpec, target: ResourceSpec) -> AttributeSpec:
    kind = target.key.type
    return AttributeSpec(
        name=link.attribute,
        type=kind.optional() if link.nullable else kind,
        source=link.source,
        doc=f"The {link.name} it belongs to.",
        default=Default(value=None) if link.nullable else None,
        visibility=link.visibility,
    )
