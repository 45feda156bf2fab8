"""Every name in an identity, index or order stands for an attribute, and is said once."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Problem, Source
from framework.expr.nodes import Node, Ref
from framework.expr.shown import shown
from framework.spec.attribute import names_in
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.suggest import did_you_mean


def named_attributes(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to identities, exclusions, indexes and orders of what is not there."""
    for spec in domain.resources.values():
        yield from _names(spec)
        yield from _in_vain(spec)


def _said(spec: ResourceSpec) -> Iterator[tuple[str, tuple[Node, ...], Source]]:
    """What each rule and each order is of."""
    for identity in spec.identities.values():
        yield identity.name, identity.parts, identity.source
    for each in spec.exclusions.values():
        yield each.name, (*each.parts, Ref(each.start), Ref(each.end)), each.source
    for index in spec.indexes:
        yield "index", tuple(part.node for part in index.parts), index.source
    for action in spec.actions.values():
        for order in action.orders:
            yield f"{action.name}.orders", tuple(part.node for part in order), action.source


def _names(spec: ResourceSpec) -> Iterator[Problem]:
    for path, parts, source in _said(spec):
        where = f"{spec.name}.{path}"
        if not parts:
            yield Problem(source, where, "names no attribute")
        for part in parts:
            if not names_in(part) and not isinstance(part, Ref):
                yield Problem(source, where, f"{shown(part)} speaks of no attribute", "leave it out")
        for part in dict.fromkeys(parts):
            if parts.count(part) > 1:
                yield Problem(source, where, f"{shown(part)} is said twice", "say it once")
            if isinstance(part, Ref):
                yield from _known(part.name, where, source, spec)
    for index in spec.indexes:
        for name in index.include:
            yield from _known(name, f"{spec.name}.index.include", index.source, spec)


def _in_vain(spec: ResourceSpec) -> Iterator[Problem]:
    for action in spec.actions.values():
        if action.orders and not action.indexed:
            says = "are served by no index, as `index=False` says"
            yield Problem(action.source, f"{spec.name}.{action.name}.orders", says, "leave one of the two out")


def _known(name: str, where: str, source: Source, spec: ResourceSpec) -> Iterator[Problem]:
    if name not in spec.attributes:
        yield Problem(source, where, f"`{name}` is not an attribute", did_you_mean(name, spec.attributes))
