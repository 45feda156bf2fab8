"""What is said to be a condition is one: true or false of a record, and not of every record alike."""

from __future__ import annotations

from collections.abc import Iterator

from framework.compiler.expressions import Said, filters, rules
from framework.compiler.kinds import known_of
from framework.errors import Problem
from framework.expr.nodes import Value
from framework.spec.domain import DomainSpec
from framework.types.type import Kind


def conditions(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to a check or `where` that is a value, or that Python worked out before anybody asked."""
    for spec in domain.resources.values():
        for said in (*rules(spec), *filters(spec)):
            kind = known_of(said.node, spec, domain).kind
            if isinstance(said.node, Value):
                yield _problem(said, f"`{said.node.value!r}` speaks of no value of the record")
            elif kind not in (None, Kind.BOOLEAN, Kind.JSON):
                yield _problem(said, f"is of the type {kind}, not a condition")


def _problem(said: Said, says: str) -> Problem:
    return Problem(said.source, said.path, says, 'compare a value: `title != ""`')
