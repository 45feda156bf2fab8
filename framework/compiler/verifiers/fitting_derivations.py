"""A derived value is annotated as what its expression gives."""

from __future__ import annotations

from collections.abc import Iterator

from framework.compiler.expressions import standing
from framework.compiler.kinds import known_of
from framework.errors import Problem
from framework.expr.nodes import Aggregate, Fold
from framework.spec.attribute import DerivedSpec
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import NUMBERS, Kind

# What an expression of the kind on the left may also be annotated as.
ALSO: dict[Kind, frozenset[Kind]] = {
    Kind.INTEGER: frozenset({Kind.FLOAT, Kind.DECIMAL}),
    Kind.FLOAT: frozenset({Kind.DECIMAL}),
    Kind.DECIMAL: frozenset({Kind.FLOAT}),
    Kind.STRING: frozenset({Kind.ENUM, Kind.LITERAL}),
    Kind.ENUM: frozenset({Kind.STRING}),
    Kind.LITERAL: frozenset({Kind.STRING}),
}


def fitting_derivations(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to an annotation that the expression breaks, and to sums of what is no number."""
    for spec in domain.resources.values():
        for derived in spec.derived.values():
            yield from _annotation(derived, spec, domain)
            yield from _sums(derived, spec, domain)


def _annotation(derived: DerivedSpec, spec: ResourceSpec, domain: DomainSpec) -> Iterator[Problem]:
    path, said = f"{spec.name}.{derived.name}", derived.type
    known = known_of(derived.node, spec, domain)
    if said.kind is Kind.JSON:
        return
    if known.kind not in (None, Kind.JSON, said.kind) and said.kind not in ALSO.get(known.kind, frozenset()):
        yield Problem(derived.source, path, f"is annotated as {said.kind}, but its expression gives {known.kind}")
    elif known.nullable is True and not said.nullable:
        yield Problem(derived.source, path, "its expression may give None", "write `Attr[... | None]`")


def _sums(derived: DerivedSpec, spec: ResourceSpec, domain: DomainSpec) -> Iterator[Problem]:
    for node, seen_from in standing(derived.node, spec, domain):
        if not isinstance(node, Aggregate) or node.of is None or node.fold not in (Fold.SUM, Fold.AVG):
            continue
        link = seen_from.relationships.get(node.relationship)
        target = domain.resources.get(link.target) if link else None
        kind = known_of(node.of, target, domain).kind if target else None
        if kind is not None and kind not in NUMBERS:
            yield Problem(
                derived.source, f"{spec.name}.{derived.name}", f"there is no {node.fold} of values of the type {kind}"
            )
