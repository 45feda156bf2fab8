"""Where a path of names leads, over links to the value at its end."""

from __future__ import annotations

from collections.abc import Iterable

from framework.compiler.suggest import did_you_mean
from framework.spec.attribute import AttributeSpec, DerivedSpec
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec


class NoSuchPath(Exception):
    """A path that leads nowhere."""

    def __init__(self, says: str, hint: str | None = None) -> None:
        self.says, self.hint = says, hint
        super().__init__(says)


class OutOfSight(NoSuchPath):
    """A path over a link whose other end is not in the domain, which is the link's own mistake."""


def value_at(path: tuple[str, ...], spec: ResourceSpec, domain: DomainSpec) -> AttributeSpec | DerivedSpec:
    """The value at the end of a path of to-one links; raises NoSuchPath."""
    *links, last = path
    for name in links:
        if name in spec.relationships and spec.relationships[name].many:
            raise NoSuchPath(f"`{spec.name}.{name}` leads to many records", "say `.any(...)`, or take an aggregate")
        spec = resource_at((name,), spec, domain)
    if last in spec.relationships:
        raise NoSuchPath(f"`{spec.name}.{last}` is a link, not a value", f"say which value: `{last}.id`")
    if last not in spec.values:
        raise _unknown(last, spec, [*spec.values, *spec.relationships])
    return spec.values[last]


def resource_at(path: tuple[str, ...], spec: ResourceSpec, domain: DomainSpec) -> ResourceSpec:
    """The resource at the end of a path of links; raises NoSuchPath."""
    for name in path:
        link = spec.relationships.get(name)
        if link is None:
            raise _unknown(name, spec, spec.relationships)
        if link.target not in domain.resources:
            raise OutOfSight(f"`{link.target}` is not a resource of the domain")
        spec = domain.target(link)
    return spec


def _unknown(name: str, spec: ResourceSpec, known: Iterable[str]) -> NoSuchPath:
    return NoSuchPath(f"`{spec.name}` has no `{name}`", did_you_mean(name, known))
