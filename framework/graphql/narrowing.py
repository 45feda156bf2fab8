"""What the filter and the sort of a field say, as plain values, before anything is carried out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import FieldNode, ListValueNode, ObjectValueNode, ValueNode, VariableNode

from framework.wire.weighing import LEVELS, filter_cost, sort_cost


def narrowing_cost(node: FieldNode, variables: Mapping[str, Any]) -> int:
    """What a field's `filter` and `sort` cost; a variable is what was given for it, or its default."""
    given = {argument.name.value: _plain(argument.value, variables) for argument in node.arguments or ()}
    return filter_cost(given.get("filter")) + sort_cost(_names(given.get("sort")))


def _plain(node: Any, variables: Mapping[str, Any], levels: int = LEVELS) -> Any:
    if levels == 0:
        return None
    if isinstance(node, VariableNode):
        return _plain(variables.get(node.name.value), variables, levels - 1)
    if isinstance(node, ListValueNode):
        return [_plain(item, variables, levels - 1) for item in node.values]
    if isinstance(node, ObjectValueNode):
        return {field.name.value: _plain(field.value, variables, levels - 1) for field in node.fields}
    return getattr(node, "value", None) if isinstance(node, ValueNode) else node


def _names(tree: Any, levels: int = LEVELS) -> int:
    if levels == 0:
        return 0
    if isinstance(tree, Mapping):
        return sum(1 + _names(inner, levels - 1) for inner in tree.values())
    return sum(_names(item, levels - 1) for item in tree) if isinstance(tree, list) else 0
