"""A key that the author declared fits the link it belongs to."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Problem
from framework.spec.attribute import AttributeSpec
from framework.spec.domain import DomainSpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import Kind


def matching_keys(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to a `program_id` that cannot hold the key of `program`, or that is something else."""
    for spec in domain.resources.values():
        for link in spec.relationships.values():
            if not link.holds_key or link.target not in domain.resources:
                continue
            taken = spec.derived.get(link.attribute) or spec.actions.get(link.attribute)
            if taken is not None:
                says = f"is the name of the key of `{link.name}`"
                yield Problem(taken.source, f"{spec.name}.{link.attribute}", says, "rename one of them")
            elif link.attribute in spec.attributes:
                yield from _fits(spec.attributes[link.attribute], link, spec, domain)


def _fits(key: AttributeSpec, link: RelationshipSpec, spec: ResourceSpec, domain: DomainSpec) -> Iterator[Problem]:
    path = f"{spec.name}.{key.name}"
    target = domain.target(link).attributes.get(link.target_attribute)
    if target is not None and Kind.JSON not in (key.type.kind, target.type.kind) and key.type.kind != target.type.kind:
        yield Problem(
            key.source,
            path,
            f"is of the type {key.type.kind}, but the key of `{link.target}` is of the type {target.type.kind}",
        )
    elif key.type.nullable != link.nullable:
        hint = f"write `One[{link.target}{' | None' if key.type.nullable else ''}]`, or change the key"
        yield Problem(key.source, path, f"the key and `{link.name}` do not agree on None", hint)
