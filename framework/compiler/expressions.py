"""Every expression of a resource, and every part of one with the resource it is seen from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from framework.compiler.paths import NoSuchPath, resource_at
from framework.errors import Source
from framework.expr.nodes import Aggregate, Node, Some
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec


@dataclass(frozen=True, slots=True)
class Said:
    """An expression: its path in the declaration, where it was said, and the arguments it may speak of."""

    path: str
    source: Source
    node: Node
    arguments: tuple[str, ...] = ()


def expressions(spec: ResourceSpec) -> Iterator[Said]:
    """Every expression that the resource itself holds."""
    for derived in spec.derived.values():
        yield Said(f"{spec.name}.{derived.name}", derived.source, derived.node)
    yield from rules(spec)
    yield from filters(spec)


def filters(spec: ResourceSpec) -> Iterator[Said]:
    """The conditions that narrow what a read finds."""
    for action in spec.actions.values():
        if action.filter is not None:
            yield Said(f"{spec.name}.{action.name}.where", action.source, action.filter, tuple(action.arguments))


def rules(spec: ResourceSpec) -> Iterator[Said]:
    """The conditions that the database upholds, on one record at a time."""
    for check in spec.checks.values():
        yield Said(f"{spec.name}.{check.name}", check.source, check.node)
    for identity in spec.identities.values():
        if identity.where is not None:
            yield Said(f"{spec.name}.{identity.name}.where", identity.source, identity.where)
    for index in spec.indexes:
        if index.where is not None:
            yield Said(f"{spec.name}.index.where", index.source, index.where)


def standing(node: Node, spec: ResourceSpec, domain: DomainSpec) -> Iterator[tuple[Node, ResourceSpec]]:
    """Each part of a tree with the resource it is seen from; what is seen from nowhere is left out."""
    yield node, spec
    match node:
        case Some(path, _):
            inside = _at(path, spec, domain)
        case Aggregate(_, relationship, _, _, _):
            inside = _at((relationship,), spec, domain)
        case _:
            inside = spec
    if inside is None:
        return
    for part in fields(node):
        value = getattr(node, part.name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, Node):
                yield from standing(item, inside, domain)


def _at(path: tuple[str, ...], spec: ResourceSpec, domain: DomainSpec) -> ResourceSpec | None:
    try:
        return resource_at(path, spec, domain)
    except NoSuchPath:
        return None
