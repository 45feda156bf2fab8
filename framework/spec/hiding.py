"""What policies may hide from somebody: records of a resource, and values of the records that are shown."""

from __future__ import annotations

from framework.expr.nodes import Aggregate, Along, Fold, Node, Ref, Some, parts_of, walk
from framework.expr.whole import Whole
from framework.spec.attribute import DerivedSpec
from framework.spec.domain import DomainSpec
from framework.spec.policy import ConditionSpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec

ABOUT_RECORDS = (Aggregate, Along, Ref, Some)
# What these make of nothing is no absent value.
NEVER_ABSENT = frozenset({Fold.COUNT, Fold.EXISTS, Fold.LIST})


def hides_records(spec: ResourceSpec, domain: DomainSpec) -> bool:
    """Whether some records of the resource are not seen by some who see others."""
    if spec.base:
        return True
    if not domain.polices(spec):
        return False
    if spec.reader is None:
        return True
    return any(_selects(each) for rule in spec.policies if rule.about(spec.reader) for each in rule.conditions)


def link_may_end(link: RelationshipSpec, domain: DomainSpec) -> bool:
    """Whether nothing may be seen at the end of a link to one, although there is something."""
    ends = (domain.resources[hop.target] for hop in link.hops)
    return any(hides_records(end, domain) for end in ends)


def may_be_hidden(spec: ResourceSpec, name: str, domain: DomainSpec) -> bool:
    """Whether a value that every record has may be absent for somebody: hidden, or worked out of what is."""
    return _hidden(spec, name, domain, frozenset())


def _hidden(spec: ResourceSpec, name: str, domain: DomainSpec, met: frozenset[tuple[str, str]]) -> bool:
    if name in spec.field_policies and spec.field_policies[name].readable:
        return True
    value = spec.values.get(name)
    if not isinstance(value, DerivedSpec) or (spec.name, name) in met:
        return False
    return _loses(value.node, spec, domain, met | {(spec.name, name)})


def _loses(node: Node, spec: ResourceSpec, domain: DomainSpec, met: frozenset[tuple[str, str]]) -> bool:
    """Whether an expression may come to nothing for somebody; rather said once too often."""
    match node:
        case Ref(name):
            return _hidden(spec, name, domain, met)
        case Along(link, inner):
            followed = spec.relationships[link]
            return link_may_end(followed, domain) or _loses(inner, domain.target(followed), domain, met)
        case Aggregate(fold, link):
            return fold not in NEVER_ABSENT and link_may_end(spec.relationships[link], domain)
        case Some() | Whole():
            return False
        case _:
            return any(_loses(part, spec, domain, met) for part in parts_of(node))


def _selects(condition: ConditionSpec) -> bool:
    return any(isinstance(part, ABOUT_RECORDS) for part in walk(condition.node))
