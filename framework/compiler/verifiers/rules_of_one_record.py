"""What the database upholds, indexes or works out is told from one record's stored values alone."""

from __future__ import annotations

from collections.abc import Iterator

from framework.compiler.expressions import computed, rules, worked_out
from framework.errors import Problem
from framework.expr.nodes import ActorFact, Aggregate, Along, Arg, Call, Function, Node, Ref, Some, parts_of
from framework.expr.shown import shown
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec

MOMENTARY = frozenset({Function.NOW, Function.TRANSACTION, Function.HORIZON, Function.STORE})


def rules_of_one_record(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to a check, or the `where` of an identity or index, that looks at anything else."""
    for spec in domain.resources.values():
        for said in (*rules(spec), *worked_out(spec), *computed(spec)):
            for strange in _parts(said.node, spec):
                says = f"{strange}, and the database sees only the stored values of one record here"
                yield Problem(said.source, said.path, says)


def _parts(node: Node, spec: ResourceSpec) -> Iterator[str]:
    """What is wrong with each part; what lies beyond a link is that one's."""
    strange = _strange(node, spec)
    if strange is not None:
        yield strange
    else:
        for part in parts_of(node):
            yield from _parts(part, spec)


def _strange(node: Node, spec: ResourceSpec) -> str | None:
    match node:
        case Along():
            return f"{shown(node)} is another record's"
        case Ref(name) if name in spec.derived:
            return f"`{name}` is derived"
        case Some(link) | Aggregate(_, link):
            return f"`{link}` leads to other records"
        case Arg(name):
            return f"`{name}` is an argument"
        case ActorFact(name):
            return f"`{name}` is the actor's"
        case Call(function, _) if function in MOMENTARY:
            return f"`{function}` changes from moment to moment"
    return None
