"""What a client selected: fields with their names in the response and their arguments; @skip and @include obeyed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    SelectionSetNode,
    Undefined,
    ValueNode,
    VariableNode,
)
from strawberry.types.info import Info


@dataclass(frozen=True, slots=True)
class Selected:
    """A field: its name, its name in the response, what it was given, and what is selected of it."""

    name: str
    key: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    selections: tuple[Selection, ...] = ()


@dataclass(frozen=True, slots=True)
class Fragment:
    """Selections that count for records of a type (None: of any)."""

    on: str | None
    selections: tuple[Selection, ...]


Selection = Selected | Fragment


def chosen(info: Info) -> list[Selection]:
    """What is selected of the field being resolved."""
    raw = info._raw_info  # noqa: SLF001 - `selected_fields` takes a variable that was left out for a null
    reading = _SelectionReader(raw.fragments, info.variable_values)
    return [item for node in raw.field_nodes for item in reading.selections(node.selection_set)]


def fields_of(selections: Iterable[Selection]) -> Iterator[Selected]:
    """Every field selected; a name may come more than once."""
    for item in selections:
        if isinstance(item, Selected):
            yield item
        else:
            yield from fields_of(item.selections)


def under(selections: Iterable[Selection], *path: str) -> list[Selection]:
    """The selections at the end of a path of fields, those of all aliases together."""
    found = list(selections)
    for name in path:
        found = [inner for selected in fields_of(found) if selected.name == name for inner in selected.selections]
    return found


def names_of(selections: Iterable[Selection]) -> frozenset[str]:
    """The names of the fields selected."""
    return frozenset(selected.name for selected in fields_of(selections))


def on_type(selections: Iterable[Selection], *types: str) -> tuple[Selection, ...]:
    """The selections that count for records of one type, known by these names: those of other types are left out."""
    found: list[Selection] = []
    for item in selections:
        if isinstance(item, Selected):
            found.append(item)
        elif item.on is None or item.on in types:
            found.append(replace(item, selections=on_type(item.selections, *types)))
    return tuple(found)


def plain_variables(variables: Any) -> Mapping[str, Any]:
    """The values of the variables: Strawberry keeps the plain mapping, graphql-core a container around it."""
    plain: Mapping[str, Any] = getattr(variables, "coerced", variables)
    return plain


def arguments_of(node: FieldNode, variables: Mapping[str, Any]) -> dict[str, Any]:
    """What a field was given, by name; what was left out, by a variable too, is not among it."""
    return _said({argument.name.value: _value(argument.value, variables) for argument in node.arguments or ()})


def storage_key(link: str, arguments: Mapping[str, Any]) -> str:
    """The key under which a record keeps the records of a link that was asked for with these arguments."""
    return f"{link}({_ordered(arguments)})" if arguments else link


@dataclass(frozen=True, slots=True)
class _SelectionReader:
    """A document that is being carried out, and the values of its variables."""

    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]

    def selections(self, nodes: SelectionSetNode | None) -> tuple[Selection, ...]:
        found: list[Selection] = []
        for node in nodes.selections if nodes else ():
            if not self._wanted(node.directives or ()):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                given = arguments_of(node, self.variables)
                found.append(Selected(node.name.value, key, given, self.selections(node.selection_set)))
            elif isinstance(node, InlineFragmentNode):
                on = node.type_condition.name.value if node.type_condition else None
                found.append(Fragment(on, self.selections(node.selection_set)))
            elif isinstance(node, FragmentSpreadNode):
                spread = self.fragments[node.name.value]
                found.append(Fragment(spread.type_condition.name.value, self.selections(spread.selection_set)))
        return tuple(found)

    def _wanted(self, directives: Iterable[DirectiveNode]) -> bool:
        conditions = {
            directive.name.value: _value(argument.value, self.variables)
            for directive in directives
            for argument in directive.arguments or ()
        }
        return not conditions.get("skip", False) and bool(conditions.get("include", True))


def _value(node: ValueNode, variables: Mapping[str, Any]) -> Any:
    """The value of a literal; Undefined for a variable that was left out."""
    match node:
        case VariableNode():
            return variables.get(node.name.value, Undefined)
        case ListValueNode():
            return [None if (item := _value(n, variables)) is Undefined else item for n in node.values]
        case ObjectValueNode():
            return _said({entry.name.value: _value(entry.value, variables) for entry in node.fields})
        case IntValueNode():
            return int(node.value)
        case FloatValueNode():
            return float(node.value)
        case BooleanValueNode():
            return node.value
        case NullValueNode():
            return None
        case _:
            return getattr(node, "value", None)


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not Undefined}


def _ordered(value: Any) -> str:
    """A value as text, the same for objects whose fields stand in another order."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_ordered(value[name])}" for name in sorted(value)) + "}"
    return "[" + ", ".join(map(_ordered, value)) + "]" if isinstance(value, list) else repr(value)
