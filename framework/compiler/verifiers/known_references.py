"""Every name in an expression, identity or index stands for something."""

from __future__ import annotations

from collections.abc import Iterator

from framework.compiler.expressions import Said, expressions, standing
from framework.compiler.paths import NoSuchPath, OutOfSight, resource_at, value_at
from framework.compiler.suggest import did_you_mean
from framework.errors import Problem
from framework.expr.nodes import Aggregate, Arg, Node, Ref, Some
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec


def known_references(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to expressions that speak of what is not there."""
    for spec in domain.resources.values():
        for said in expressions(spec):
            for node, seen_from in standing(said.node, spec, domain):
                try:
                    _look(node, seen_from, domain)
                except OutOfSight:
                    continue
                except NoSuchPath as wrong:
                    yield Problem(said.source, said.path, wrong.says, wrong.hint)
                yield from _argument(node, said)
        yield from _names(spec)


def _look(node: Node, spec: ResourceSpec, domain: DomainSpec) -> None:
    match node:
        case Ref(path):
            value_at(path, spec, domain)
        case Some(path, _):
            resource_at(path, spec, domain)
        case Aggregate(fold, relationship, _, _, sort):
            target = resource_at((relationship,), spec, domain)
            if not spec.relationships[relationship].many:
                raise NoSuchPath(f"`{spec.name}.{relationship}` leads to one record, so there is no {fold} of it")
            for name, _ in sort:
                if name not in target.attributes:
                    hint = did_you_mean(name, target.attributes)
                    raise NoSuchPath(f"`{name}` is not an attribute of `{target.name}`", hint)


def _argument(node: Node, said: Said) -> Iterator[Problem]:
    if isinstance(node, Arg) and node.name not in said.arguments:
        hint = did_you_mean(node.name, said.arguments)
        yield Problem(said.source, said.path, f"there is no argument `{node.name}`", hint)


def _names(spec: ResourceSpec) -> Iterator[Problem]:
    said = [(identity.name, identity.attributes, identity.source) for identity in spec.identities.values()]
    said += [("index", index.attributes, index.source) for index in spec.indexes]
    for path, names, source in said:
        if not names:
            yield Problem(source, f"{spec.name}.{path}", "names no attribute")
        for name in names:
            if name.lstrip("-") not in spec.attributes:
                says = f"`{name.lstrip('-')}` is not an attribute"
                yield Problem(source, f"{spec.name}.{path}", says, did_you_mean(name, spec.attributes))
