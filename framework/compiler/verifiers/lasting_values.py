"""What is indexed or kept of a record is the same whenever it is worked out: PostgreSQL refuses anything else."""

from __future__ import annotations

from collections.abc import Iterator

from framework.compiler.expressions import DeclaredExpression, computed, rules_of_indexes, worked_out
from framework.errors import Problem
from framework.expr.nodes import Arithmetic, Node, walk
from framework.spec.domain import DomainSpec
from framework.spec.inference import Inference
from framework.spec.resource import ResourceSpec
from framework.types.type import Kind


def lasting_values(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to a moment that is moved by a duration, as days are longer or shorter by the time zone of a session."""
    for spec in domain.resources.values():
        for said in (*worked_out(spec), *computed(spec), *rules_of_indexes(spec)):
            if any(_moves_a_moment(part, spec, domain) for part in walk(said.node)):
                yield _problem(said)


def _moves_a_moment(node: Node, spec: ResourceSpec, domain: DomainSpec) -> bool:
    if not isinstance(node, Arithmetic):
        return False
    kinds = {Inference(domain).infer(part, (spec,)).kind for part in (node.left, node.right)}
    return kinds == {Kind.DATETIME, Kind.DURATION}


def _problem(said: DeclaredExpression) -> Problem:
    says = "moves a moment by a duration, which PostgreSQL keeps in no index or column: it depends on the time zone"
    return Problem(said.source, said.path, says, "keep that moment in an attribute of its own")
