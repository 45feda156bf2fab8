"""Gives every `belongs_to` the attribute that holds its key, typed as the target's primary key."""

from __future__ import annotations

from dataclasses import replace

from framework.naming import foreign_key_name
from framework.spec.attribute import AttributeSpec, Default
from framework.spec.column_type import ColumnType, column_type_of, with_limits_of
from framework.spec.domain import DomainSpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import UNKNOWN, UNLIMITED, Type


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
        attributes.setdefault(link.attribute, _foreign(link, key))
    return replace(spec, attributes=attributes, relationships=links)


def _key_of(target: ResourceSpec | None) -> AttributeSpec | None:
    keys = [] if target is None else [a for a in target.attributes.values() if a.primary_key]
    return keys[0] if keys else None


def _foreign(link: RelationshipSpec, target: AttributeSpec | None) -> AttributeSpec:
    """The key: of the type that the target's has, in a column like that one's, unless another was said."""
    kind, column = (UNKNOWN, None) if target is None else (target.type, target.column_type)
    if (said := _said(link, kind)) is not None:
        # No key that is out of its bounds is that of a record, so only the column's own count.
        column, kind = said, with_limits_of(replace(kind, limits=UNLIMITED), said)
    return AttributeSpec(
        name=link.attribute,
        type=kind.optional() if link.nullable else kind.required(),
        source=link.source,
        doc=f"The {link.name} it belongs to.",
        default=Default(value=None) if link.nullable else None,
        visibility=link.visibility,
        backfill=link.backfill,
        renamed_from=foreign_key_name(link.renamed_from) if link.renamed_from else None,
        column=link.column,
        column_type=column,
    )


def _said(link: RelationshipSpec, kind: Type) -> ColumnType | None:
    """The column's type that was said; what is wrong with it is left for the verifiers."""
    try:
        return None if link.column_type is None else column_type_of(link.column_type, kind)
    except TypeError:
        return None
