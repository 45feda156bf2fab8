"""Gives every `belongs_to` the attribute that holds its key, typed as the target's primary key."""

from __future__ import annotations

from dataclasses import replace

from framework.naming import foreign_key_name
from framework.spec.attribute import AttributeSpec, Default
from framework.spec.domain import DomainSpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import UNKNOWN, Type


def foreign_keys(domain: DomainSpec) -> DomainSpec:
    """The domain with keys in place; the key of a target out of sight is of an unknown type."""
    return replace(domain, resources={name: _with_keys(spec, domain) for name, spec in domain.resources.items()})


def _with_keys(spec: ResourceSpec, domain: DomainSpec) -> ResourceSpec:
    attributes, links = dict(spec.attributes), dict(spec.relationships)
    for link in spec.relationships.values():
        if not link.holds_key:
            continue
        key = _key_of(domain.resources.get(link.target))
        if key is not None:
            links[link.name] = replace(link, hops=(replace(link.hops[0], target_attribute=key.name),))
        attributes.setdefault(link.attribute, _foreign(link, UNKNOWN if key is None else key.type))
    return replace(spec, attributes=attributes, relationships=links)


def _key_of(target: ResourceSpec | None) -> AttributeSpec | None:
    keys = [] if target is None else [a for a in target.attributes.values() if a.primary_key]
    return keys[0] if keys else None


def _foreign(link: RelationshipSpec, kind: Type) -> AttributeSpec:
    return AttributeSpec(
        name=link.attribute,
        type=kind.optional() if link.nullable else kind.required(),
        source=link.source,
        doc=f"The {link.name} it belongs to.",
        default=Default(value=None) if link.nullable else None,
        visibility=link.visibility,
        backfill=link.backfill,
        renamed_from=foreign_key_name(link.renamed_from) if link.renamed_from else None,
    )
