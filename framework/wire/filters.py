"""A client's filter tree as an expression: bounded, typed, and blind to whatever is private.

    {"name": {"ilike": "%qa%"}, "project": {"slug": {"eq": "x"}}, "trials": {"some": {"score": {"gt": 0.5}}},
     "or": [{"state": {"eq": "running"}}, {"not": {"best_score": {"is_null": true}}}]}

What stands side by side must all hold. A private value gets the same answer as one that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from framework.errors import Invalid, Issue, Path
from framework.expr.nodes import TRUE, Case, Combine, Logic, Node, Not, Some, Value, along, every
from framework.spec.attribute import AttributeSpec, DerivedSpec
from framework.spec.domain import DomainSpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.suggest import did_you_mean
from framework.wire.conditions import condition
from framework.wire.operators import operators_of

MAX_DEPTH = 8
MAX_CONDITIONS = 100
# A name is repeated in what we answer, so not at any length.
LONGEST_NAME = 80
LOGIC = {"and": Logic.AND, "or": Logic.OR}
QUANTIFIERS = ("some", "none", "every")


@dataclass(frozen=True, slots=True)
class FilterScope:
    """Where in the tree we are: the resource there, the to-one links walked to it, and how deep that is."""

    spec: ResourceSpec
    path: Path
    links: tuple[str, ...] = ()
    depth: int = 0

    def under(self, *steps: str | int) -> FilterScope:
        """One level further in, on the same resource."""
        return FilterScope(self.spec, (*self.path, *steps), self.links, self.depth + 1)

    def along(self, link: RelationshipSpec, spec: ResourceSpec) -> FilterScope:
        """At the other end of a to-one link."""
        return FilterScope(spec, (*self.path, link.name), (*self.links, link.name), self.depth + 1)

    def within(self, link: RelationshipSpec, quantifier: str, spec: ResourceSpec) -> FilterScope:
        """At any record of a to-many link, seen from that record."""
        return FilterScope(spec, (*self.path, link.name, quantifier), (), self.depth + 1)


def parse_filter(tree: Mapping[str, Any], spec: ResourceSpec, domain: DomainSpec, *, path: Path = ("filter",)) -> Node:
    """The condition that the tree means; raises Invalid with everything that is wrong with it."""
    parser = _FilterParser(domain)
    node = parser.tree(tree, FilterScope(spec, path))
    if parser.issues:
        raise Invalid.of(parser.issues)
    return node


@dataclass(slots=True)
class _FilterParser:
    """A filter as far as it has been read."""

    domain: DomainSpec
    issues: list[Issue] = field(default_factory=list)
    conditions: int = 0

    def tree(self, tree: Any, scope: FilterScope) -> Node:
        if scope.depth > MAX_DEPTH:
            return self.wrong("too_deep", f"a filter nests at most {MAX_DEPTH} levels deep", scope.path)
        if not isinstance(tree, Mapping):
            return self.wrong("object_expected", "a filter is an object of conditions by name", scope.path)
        return every(*(self.entry(str(name)[:LONGEST_NAME], value, scope) for name, value in tree.items()))

    def entry(self, name: str, value: Any, scope: FilterScope) -> Node:
        values, links = scope.spec.public_values, scope.spec.public_relationships
        if name in values:
            return self.value(values[name], value, scope)
        if not self.counted((*scope.path, name)):
            return TRUE
        if name in LOGIC:
            return self.logic(name, value, scope)
        if name == "not":
            return Not(self.tree(value, scope.under("not")))
        if name in links and links[name].many:
            return self.related(links[name], value, scope)
        if name in links:
            return self.tree(value, scope.along(links[name], self.domain.target(links[name])))
        says = f"`{scope.spec.name}` has no `{name}` to filter by"
        return self.wrong("unknown_field", says, (*scope.path, name), known=[*values, *links, *LOGIC, "not"])

    def logic(self, name: str, value: Any, scope: FilterScope) -> Node:
        if not isinstance(value, (list, tuple)):
            return self.wrong("list_expected", f"`{name}` takes a list of filters", (*scope.path, name))
        if len(value) > MAX_CONDITIONS:
            return self.too_many((*scope.path, name))
        items = tuple(self.tree(item, scope.under(name, index)) for index, item in enumerate(value))
        return Combine(LOGIC[name], items)

    def value(self, value: AttributeSpec | DerivedSpec, operations: Any, scope: FilterScope) -> Node:
        path = (*scope.path, value.name)
        known = operators_of(value.type)
        if not isinstance(operations, Mapping):
            hint = f'write {{"{value.name}": {{"{known[0]}": …}}}}'
            return self.wrong("object_expected", f"`{value.name}` takes an operator and a value", path, hint=hint)
        item = along(*scope.links, value.name)
        found: list[Node | None] = []
        for name, operand in operations.items():
            operator = str(name)[:LONGEST_NAME]
            if not self.counted(path):
                break
            if operator not in known:
                says = f"`{value.name}` has no operator `{operator}`; it has {', '.join(known)}"
                self.wrong("unknown_operator", says, (*path, operator), known=known)
                continue
            node, issues = condition(item, value.type, operator=operator, operand=operand, path=(*path, operator))
            found.append(node)
            self.issues.extend(issues)
        return every(*found)

    def related(self, link: RelationshipSpec, quantified: Any, scope: FilterScope) -> Node:
        path = (*scope.path, link.name)
        if not isinstance(quantified, Mapping):
            hint = f'write {{"{link.name}": {{"some": {{…}}}}}}'
            return self.wrong("object_expected", f"`{link.name}` takes some, none or every", path, hint=hint)
        way, target = (*scope.links, link.name), self.domain.target(link)
        found = []
        for name, tree in quantified.items():
            quantifier = str(name)[:LONGEST_NAME]
            if not self.counted(path):
                break
            if quantifier not in QUANTIFIERS:
                says = f"`{link.name}` takes some, none or every, not `{quantifier}`"
                self.wrong("unknown_operator", says, (*path, quantifier), known=QUANTIFIERS)
                continue
            where = self.tree(tree, scope.within(link, quantifier, target))
            found.append(_quantified(quantifier, way, where))
        return every(*found)

    def counted(self, path: Path) -> bool:
        self.conditions += 1
        if self.conditions == MAX_CONDITIONS + 1:
            self.too_many(path)
        return self.conditions <= MAX_CONDITIONS

    def too_many(self, path: Path) -> Node:
        return self.wrong("too_many_conditions", f"a filter holds at most {MAX_CONDITIONS} conditions", path)

    def wrong(self, code: str, says: str, path: Path, *, known: Iterable[str] = (), hint: str | None = None) -> Node:
        """Notes what is wrong; the node only stands in, for a filter with issues is never used."""
        meant = did_you_mean(str(path[-1]), known) if known else hint
        self.issues.append(Issue(code, says, path, hint=meant))
        return TRUE


def _quantified(quantifier: str, way: tuple[str, ...], where: Node) -> Node:
    # `every` is not `Not(where)`: a record for which the condition is unknown does not satisfy it either.
    node = Case(where, Value(value=False), Value(value=True)) if quantifier == "every" else where
    for link in reversed(way):
        node = Some(link, node)
    return node if quantifier == "some" else Not(node)
