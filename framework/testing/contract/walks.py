"""What can be reached from a record of the library, by the name of its resource."""

from __future__ import annotations

from collections.abc import Iterator

from framework.spec.relationship import RelationshipSpec
from framework.testing.contract.rows import LIBRARY
from framework.types.type import Kind

Path = tuple[str, ...]
ORDERED = (
    Kind.INTEGER,
    Kind.FLOAT,
    Kind.DECIMAL,
    Kind.STRING,
    Kind.DATE,
    Kind.DATETIME,
    Kind.DURATION,
    Kind.ENUM,
)
# A quotient of decimals is rounded, and each layer has its own way of it.
INEXACT = {"price_per_page"}
STEPS = 2


def paths_to(kind: Kind, resource: str) -> list[Path]:
    """Paths of to-one links to values of that kind, stored and derived."""
    return [path for path, found in _paths(resource, STEPS) if found is kind and path[-1] not in INEXACT]


def ways(resource: str) -> Iterator[tuple[Path, Path]]:
    """Paths of one or two links of any kind, and the resources that they lead over."""
    for link in LIBRARY.resources[resource].relationships.values():
        yield (link.name,), (link.target,)
        for further in LIBRARY.target(link).relationships.values():
            yield (link.name, further.name), (link.target, further.target)


def links_to_many(resource: str) -> list[RelationshipSpec]:
    """The links that lead to a list."""
    return [link for link in LIBRARY.resources[resource].relationships.values() if link.many]


def sortable(resource: str) -> list[str]:
    """The names of the values that have an order."""
    spec = LIBRARY.resources[resource]
    return [name for name, value in spec.values.items() if value.type.kind in ORDERED and name not in INEXACT]


def _paths(resource: str, steps: int) -> Iterator[tuple[Path, Kind]]:
    spec = LIBRARY.resources[resource]
    yield from (((name,), value.type.kind) for name, value in spec.values.items())
    for link in spec.relationships.values() if steps else ():
        if not link.many:
            yield from (((link.name, *path), kind) for path, kind in _paths(link.target, steps - 1))
