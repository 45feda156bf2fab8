"""Every name in an identity or index stands for an attribute, and is said once."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Problem
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.suggest import did_you_mean


def named_attributes(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to identities and indexes of what is not there."""
    for spec in domain.resources.values():
        yield from _names(spec)


def _names(spec: ResourceSpec) -> Iterator[Problem]:
    said = [(identity.name, identity.attributes, identity.source) for identity in spec.identities.values()]
    said += [("index", index.attributes, index.source) for index in spec.indexes]
    for path, directed, source in said:
        names = [name.removeprefix("-") for name in directed]
        if not names:
            yield Problem(source, f"{spec.name}.{path}", "names no attribute")
        for name in dict.fromkeys(names):
            if names.count(name) > 1:
                yield Problem(source, f"{spec.name}.{path}", f"`{name}` is said twice", "say it once")
            if name not in spec.attributes:
                says = f"`{name}` is not an attribute"
                yield Problem(source, f"{spec.name}.{path}", says, did_you_mean(name, spec.attributes))
