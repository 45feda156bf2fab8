"""What a document costs: how deep it is, how many aliases it has, and how many values its answer may hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

from framework.graphql.narrowing import narrowing_cost

INTROSPECTION = ("__schema", "__type")
# The arguments that say how many records a list holds, or are a list with one entry for each.
SIZES = ("first", "last", "inputs")
# More digits than any Int has; Python does not read a number of several thousand.
LONGEST_INT = 10


@dataclass(frozen=True, slots=True)
class ListSizes:
    """How many values stand under the fields of a type when nothing is said.

    `roots` are the fields of the root types, `fields` those of each type: what a field leads to, and how many of it.
    """

    roots: Mapping[str, tuple[str | None, int]]
    fields: Mapping[str, Mapping[str, tuple[str, int]]]

    def at(self, on: str | None, name: str) -> tuple[str | None, int]:
        """What a field leads to, and how many of it; fields in between (`nodes`) lead to the same."""
        if on is None:
            return self.roots.get(name, (None, 1))
        return self.fields.get(on, {}).get(name, (on, 1))

    def on(self, condition: str, otherwise: str | None) -> str | None:
        """The type that the fields of a fragment belong to."""
        return condition if condition in self.fields else otherwise


@dataclass(slots=True)
class QueryCost:
    """How deep a selection is, how many aliases it has, and how many values it may hold.

    `introspections` is how often it asks about the schema, `schemas` how often of that for all of it,
    `introspection` how many values of that it may hold; `narrowing` is what its filters and sorts cost.
    """

    depth: int = 0
    aliases: int = 0
    cost: int = 0
    introspections: int = 0
    introspection: int = 0
    narrowing: int = 0
    schemas: int = 0

    def add(self, more: QueryCost) -> None:
        """Counts another selection beside this one."""
        self.depth = max(self.depth, more.depth)
        self.aliases += more.aliases
        self.cost += more.cost
        self.introspections += more.introspections
        self.introspection += more.introspection
        self.narrowing += more.narrowing
        self.schemas += more.schemas


def cost_of(document: DocumentNode, variables: Mapping[str, Any], sizes: ListSizes, schema: ListSizes) -> QueryCost:
    """The cost of all operations of a document together; `schema` has the sizes of what is asked about the schema."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    total = QueryCost()
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            known = {**_defaults(node), **variables}
            asked = CostCalculator(schema, known, fragments)
            total.add(CostCalculator(sizes, known, fragments, asked).selection(node.selection_set, None))
    return total


@dataclass(slots=True)
class CostCalculator:
    """Counts one operation. A fragment is counted once for each type it is spread on, however often it is used.

    `introspection` counts what is asked about the schema.
    """

    sizes: ListSizes
    variables: Mapping[str, Any]
    fragments: Mapping[str, FragmentDefinitionNode]
    introspection: CostCalculator | None = None
    counted: dict[tuple[str, str | None], QueryCost] = field(default_factory=dict)

    def selection(self, selected: SelectionSetNode | None, on: str | None) -> QueryCost:
        """The cost of a selection on a type (None: a root type)."""
        total = QueryCost()
        for node in selected.selections if selected else ():
            if isinstance(node, FieldNode):
                total.add(self._field(node, on))
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                inner = on if condition is None else self.sizes.on(condition.name.value, on)
                total.add(self.selection(node.selection_set, inner))
            elif isinstance(node, FragmentSpreadNode):
                total.add(self._fragment(node.name.value, on))
        return total

    def _field(self, node: FieldNode, on: str | None) -> QueryCost:
        name = node.name.value
        if name in INTROSPECTION and self.introspection is not None:
            # Its depth is bounded by validation.
            asked = self.introspection.selection(node.selection_set, name)
            aliases = asked.aliases + (node.alias is not None)
            whole = int(name == "__schema")
            return QueryCost(aliases=aliases, introspections=1, introspection=1 + asked.cost, schemas=whole)
        if name.startswith("__"):
            return QueryCost()
        target, size = self.sizes.at(on, name)
        inner = self.selection(node.selection_set, target)
        aliases = inner.aliases + (node.alias is not None)
        cost = 1 + self._size(node, size) * inner.cost
        inner.add(QueryCost(narrowing=narrowing_cost(node, self.variables)))
        return replace(inner, depth=1 + inner.depth, aliases=aliases, cost=cost)

    def _fragment(self, name: str, on: str | None) -> QueryCost:
        definition = self.fragments.get(name)
        if definition is None:
            return QueryCost()
        on = self.sizes.on(definition.type_condition.name.value, on)
        if (name, on) not in self.counted:
            # A fragment that spreads itself costs nothing inside itself: validation refuses it.
            self.counted[name, on] = QueryCost()
            self.counted[name, on] = self.selection(definition.selection_set, on)
        return self.counted[name, on]

    def _size(self, node: FieldNode, size: int) -> int:
        said = [_number(argument.value, self.variables) for argument in _sizing(node)]
        return max((number for number in said if number is not None), default=size)


def _sizing(node: FieldNode) -> Iterable[Any]:
    return (argument for argument in node.arguments or () if argument.name.value in SIZES)


def _number(node: ValueNode | None, variables: Mapping[str, Any]) -> int | None:
    """How many a value says; None where it says nothing, or nothing that will be accepted."""
    said: Any = node
    if isinstance(node, VariableNode):
        said = variables.get(node.name.value)
    if isinstance(said, IntValueNode):
        said = int(said.value) if len(said.value) <= LONGEST_INT else 10**LONGEST_INT
    if isinstance(said, (list, ListValueNode)):
        return len(said if isinstance(said, list) else said.values)
    # JSON may write a whole number as `5.0`, and GraphQL takes it for one.
    if isinstance(said, (int, float)) and not isinstance(said, bool):
        return max(int(said), 0)
    return None


def _defaults(operation: OperationDefinitionNode) -> dict[str, ValueNode | None]:
    """The values that variables have when none is given."""
    return {node.variable.name.value: node.default_value for node in operation.variable_definitions or ()}
