"""How much one operation may ask for, so that none is too dear to answer. On by default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

from framework.graphql.names import read_field
from framework.graphql.types import pages_of
from framework.naming import camel
from framework.spec.action import ActionKind
from framework.spec.domain import DomainSpec


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one operation may be.

    `depth` counts nested fields, `aliases` renamed ones, `tokens` the words of the document. `cost` counts the
    values that an answer may hold at most: each field once for each record it is read of.
    """

    depth: int = 12
    aliases: int = 30
    tokens: int = 4000
    cost: int = 200_000
    introspection: bool = True


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many records stand under a list field when nothing is said: by the type it is on, and by its name."""

    roots: Mapping[str, tuple[str, int]]
    links: Mapping[str, Mapping[str, tuple[str, int]]]

    @classmethod
    def of(cls, domain: DomainSpec) -> Sizes:
        """The list fields of a domain's schema."""
        roots = {
            read_field(spec, action): (spec.name, action.pagination.default)
            for spec in domain.stored
            for action in spec.public_actions.values()
            if action.kind is ActionKind.READ
        }
        links = {
            spec.name: {
                camel(link.name): (link.target, pages_of(domain.target(link)).default if link.many else 1)
                for link in spec.public_relationships.values()
            }
            for spec in domain.stored
        }
        return cls(roots, links)

    def at(self, resource: str | None, name: str) -> tuple[str | None, int]:
        """What a field leads to, and how many of it; fields in between (`nodes`) lead to the same."""
        if resource is None:
            return self.roots.get(name, (next((r for r in self.links if camel(r) == name), None), 1))
        return self.links[resource].get(name, (resource, 1))


@dataclass(slots=True)
class Weight:
    """How deep a selection is, how many aliases it has, and how many values it may hold."""

    depth: int = 0
    aliases: int = 0
    cost: int = 0


@dataclass(slots=True)
class Scales:
    """Weighs one document. A fragment is weighed once for each type it is spread on, however often it is used."""

    sizes: Sizes
    variables: Mapping[str, Any]
    fragments: Mapping[str, FragmentDefinitionNode]
    weighed: dict[tuple[str, str | None], Weight] = field(default_factory=dict)

    def weigh(self, selected: SelectionSetNode | None, resource: str | None) -> Weight:
        """The weight of a selection on a resource (None: on a root type)."""
        total = Weight()
        for node in selected.selections if selected else ():
            if isinstance(node, FieldNode):
                self._add_field(total, node, resource)
            elif isinstance(node, InlineFragmentNode):
                _add(total, self.weigh(node.selection_set, resource))
            elif isinstance(node, FragmentSpreadNode):
                _add(total, self._fragment(node.name.value, resource))
        return total

    def _add_field(self, total: Weight, node: FieldNode, resource: str | None) -> None:
        name = node.name.value
        # Introspection is bounded by the number of tokens and by its switch.
        if name.startswith("__"):
            return
        target, size = self.sizes.at(resource, name)
        inner = self.weigh(node.selection_set, target)
        total.depth = max(total.depth, 1 + inner.depth)
        total.aliases += inner.aliases + (node.alias is not None)
        total.cost += 1 + self._size(node, size) * inner.cost

    def _fragment(self, name: str, resource: str | None) -> Weight:
        key = (name, resource)
        if key not in self.weighed:
            # A fragment that spreads itself weighs nothing inside itself: validation refuses it.
            self.weighed[key] = Weight()
            found = self.fragments.get(name)
            self.weighed[key] = self.weigh(found.selection_set if found else None, resource)
        return self.weighed[key]

    def _size(self, node: FieldNode, size: int) -> int:
        for argument in node.arguments or ():
            if argument.name.value in ("first", "last"):
                value = argument.value
                said = self.variables.get(value.name.value) if isinstance(value, VariableNode) else None
                said = int(value.value) if isinstance(value, IntValueNode) else said
                return max(said, 0) if isinstance(said, int) else size
        return size


def refusals(
    document: DocumentNode, limits: Limits, sizes: Sizes, variables: Mapping[str, Any]
) -> Iterator[GraphQLError]:
    """What is too much about a document; its operations count together, for any of them may be the one to run."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    scales = Scales(sizes, variables, fragments)
    total = Weight()
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            _add(total, scales.weigh(node.selection_set, None))
    for name, maximum in (("depth", limits.depth), ("aliases", limits.aliases), ("cost", limits.cost)):
        found = getattr(total, name)
        if found > maximum:
            says = f"the {name} of this operation is {found}, at most {maximum} is allowed"
            yield GraphQLError(
                says, extensions={"code": "too_complex", "params": {"limit": name, "found": found, "maximum": maximum}}
            )


def _add(total: Weight, more: Weight) -> None:
    total.depth = max(total.depth, more.depth)
    total.aliases += more.aliases
    total.cost += more.cost
