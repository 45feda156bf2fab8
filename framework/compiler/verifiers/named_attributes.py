"""Every name in an identity or index stands for an attribute, and is said once."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Problem, Source
from framework.expr.nodes import Ref
from framework.expr.shown import shown
from framework.spec.attribute import names_in
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.suggest import did_you_mean


def named_attributes(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to identities, exclusions and indexes of what is not there."""
    for spec in domain.resources.values():
        yield from _names(spec)


def _names(spec: ResourceSpec) -> Iterator[Problem]:
    said = [(identity.name, identity.parts, identity.source) for identity in spec.identities.values()]
    spans = {each.name: (*each.parts, Ref(each.start), Ref(each.end)) for each in spec.exclusions.values()}
    said += [(each.name, spans[each.name], each.source) for each in spec.exclusions.values()]
    said += [("index", tuple(part.node for part in index.parts), index.source) for index in spec.indexes]
    for path, parts, source in said:
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


def _known(name: str, where: str, source: Source, spec: ResourceSpec) -> Iterator[Problem]:
    if name not in spec.attributes:
        yield Problem(source, where, f"`{name}` is not an attribute", did_you_mean(name, spec.attributes))
