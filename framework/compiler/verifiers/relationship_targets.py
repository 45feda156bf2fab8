"""A link leads to a stored resource of the domain, and a `has_many` to exactly one way back."""

from __future__ import annotations

from collections.abc import Iterator

from framework.compiler.transformers.inverse_relationships import inverses
from framework.errors import Problem
from framework.spec.domain import DomainSpec
from framework.spec.relationship import OnDelete, RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.suggest import did_you_mean


def relationship_targets(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to links that lead nowhere, or to several places."""
    for spec in domain.resources.values():
        for link in spec.relationships.values():
            yield from _link(link, spec, domain)


def _link(link: RelationshipSpec, spec: ResourceSpec, domain: DomainSpec) -> Iterator[Problem]:
    path = f"{spec.name}.{link.name}"
    target = domain.resources.get(link.target)
    if target is None or not target.stored:
        says = f"`{link.target}` is not a stored resource of the domain"
        yield Problem(link.source, path, says, did_you_mean(link.target, domain.resources) or "list it in the domain")
        return
    if link.holds_key and link.on_delete is OnDelete.SET_NULL and not link.nullable:
        yield Problem(link.source, path, "cannot be set to null on delete", f"say `One[{link.target} | None]`")
    if not link.holds_key:
        yield from _back(link, spec, target, inverses(link, spec, domain))


def _back(
    link: RelationshipSpec, spec: ResourceSpec, target: ResourceSpec, ways: list[RelationshipSpec]
) -> Iterator[Problem]:
    path = f"{spec.name}.{link.name}"
    if len(ways) > 1:
        names = ", ".join(f"`{way.name}`" for way in ways)
        yield Problem(link.source, path, f"could be the inverse of {names}", f'say `has_many("{ways[0].name}")`')
    if not ways:
        known = [way.name for way in target.relationships.values() if way.holds_key and way.target == spec.name]
        named = f" named `{link.inverse}`" if link.inverse else ""
        says = f"`{link.target}` has no `belongs_to`{named} that leads back to `{spec.name}`"
        yield Problem(link.source, path, says, did_you_mean(link.inverse, known) if link.inverse else None)
