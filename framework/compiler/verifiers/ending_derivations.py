"""A derived value is worked out from others, and never, over whatever links, from itself."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Problem
from framework.expr.nodes import Aggregate, Along, Node, Outer, Ref, Some, parts_of
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec

Named = tuple[str, str]  # a resource and a derived value of it


def ending_derivations(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to derived values that lead back to themselves."""
    needs = {
        (spec.name, derived.name): frozenset(_derived(derived.node, (spec,), domain))
        for spec in domain.resources.values()
        for derived in spec.derived.values()
    }
    for resource, name in needs:
        if (resource, name) in _reached((resource, name), needs):
            source = domain.resources[resource].derived[name].source
            yield Problem(source, f"{resource}.{name}", "is worked out from itself", "store it, and set it in a step")


def _reached(start: Named, needs: dict[Named, frozenset[Named]]) -> set[Named]:
    met: set[Named] = set()
    ahead = list(needs[start])
    while ahead:
        named = ahead.pop()
        if named not in met:
            met.add(named)
            ahead.extend(needs[named])
    return met


def _derived(node: Node, scopes: tuple[ResourceSpec, ...], domain: DomainSpec) -> Iterator[Named]:
    """The derived values that an expression looks at; what leads nowhere is another verifier's."""
    match node:
        case Ref(name):
            if name in scopes[0].derived:
                yield scopes[0].name, name
            return
        case Outer(steps, _):
            inside = (scopes[steps], *scopes)
        case Along() | Some() | Aggregate():
            link = scopes[0].relationships.get(node.link)
            target = None if link is None else domain.resources.get(link.target)
            if target is None:
                return
            inside = (target, *scopes)
            if isinstance(node, Aggregate):
                yield from ((target.name, name) for name, _ in node.sort if name in target.derived)
        case _:
            inside = scopes
    for part in parts_of(node):
        yield from _derived(part, inside, domain)
