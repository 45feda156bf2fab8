"""Filter inputs: for each resource what may be asked of its public values and links, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args, get_origin

from strawberry.scalars import ID, JSON

from framework.errors import Invalid, Path
from framework.expr.nodes import Node
from framework.graphql.build import Argument, fill_input, input_type, many, maybe
from framework.graphql.input_forms import Items, read
from framework.graphql.input_names import renamed
from framework.graphql.names import enum_type
from framework.graphql.scalars import SCALAR_MAP
from framework.graphql.values import InputType, Values
from framework.naming import camel
from framework.spec.attribute import AttributeSpec, DerivedSpec
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import STRUCTURED, Kind, Type
from framework.wire.filters import LOGIC, QUANTIFIERS, parse_filter
from framework.wire.operators import MATCHES, operators_of

OPERATORS = {camel(name): name for name in (*operators_of(Type(Kind.STRING, str)),)}
LISTED = ("in", "not_in")
UNARY = ("is_null",)


class Filters:
    """The filter inputs of one schema."""

    def __init__(self, domain: DomainSpec, values: Values) -> None:
        self._domain = domain
        self._values = values
        self._filters: dict[str, type] = {}
        self._lists: dict[str, type] = {}
        self._conditions: dict[str, type] = {}

    def of(self, spec: ResourceSpec) -> type:
        """`ProgramFilter`: conditions on the values and links of a resource; all that is said must hold."""
        if spec.name not in self._filters:
            made = input_type(f"{spec.name}Filter", f"Which of the {spec.name} records: all that is said must hold.")
            self._filters[spec.name] = made
            fill_input(made, self._entries(spec, made))
        return self._filters[spec.name]

    def parse(self, tree: Mapping[str, Any] | None, spec: ResourceSpec, path: Path = ("filter",)) -> Node | None:
        """The condition that a filter as it was given means; raises Invalid."""
        if tree is None:
            return None
        try:
            return parse_filter(self._read(tree, spec), spec, self._domain, path=())
        except Invalid as failure:
            told = (renamed(issue, self._named(issue.path, spec), {}) for issue in failure.issues)
            raise Invalid.of(issue.under(*path) for issue in told) from None

    def _named(self, path: Path, spec: ResourceSpec) -> Path:
        """A way into a filter in the names of GraphQL; below an operator it is the client's."""
        for place, step in enumerate(path):
            if step in spec.values:
                operator = (camel(str(name)) for name in path[place + 1 : place + 2])
                return (*path[:place], camel(str(step)), *operator, *path[place + 2 :])
            if step in spec.relationships:
                inner = self._named(path[place + 1 :], self._domain.target(spec.relationships[str(step)]))
                return (*path[:place], camel(str(step)), *inner)
        return path

    def _entries(self, spec: ResourceSpec, own: type) -> list[Argument]:
        found = []
        for name, value in spec.public_values.items():
            found.append(Argument(camel(name), maybe(self._condition(spec, value)), value.doc))
        for link in spec.public_relationships.values():
            target = self._domain.target(link)
            wanted = self._list(target) if link.many else self.of(target)
            found.append(Argument(camel(link.name), maybe(wanted), link.doc))
        several = maybe(many(own))
        found.append(Argument("and", several, "All of these hold."))
        found.append(Argument("or", several, "At least one of these holds."))
        return [*found, Argument("not", maybe(own), "This does not hold.")]

    def _list(self, spec: ResourceSpec) -> type:
        if spec.name not in self._lists:
            doc = f"How many of the related {spec.name} records must satisfy what."
            made = input_type(f"{spec.name}ListFilter", doc)
            self._lists[spec.name] = made
            fill_input(made, [Argument(name, maybe(self.of(spec))) for name in QUANTIFIERS])
        return self._lists[spec.name]

    def _condition(self, spec: ResourceSpec, value: AttributeSpec | DerivedSpec) -> type:
        """`StringCondition`: what may be asked of a value; one input for each scalar and each enum."""
        operand = self._operand(spec, value).annotation
        name = "Vector" if value.type.kind is Kind.VECTOR else _name(operand)
        if name not in self._conditions:
            made = self._conditions[name] = input_type(f"{name}Condition")
            fill_input(made, [_operator(op, operand) for op in operators_of(value.type)])
        return self._conditions[name]

    def _operand(self, spec: ResourceSpec, value: AttributeSpec | DerivedSpec) -> InputType:
        """What a value is compared with: a list of choices or of scalars as such a list, other structures as JSON."""
        kind = self._values.types.of(spec, value).required()
        plain = kind.kind is Kind.LIST and kind.item is not None and kind.item.kind not in STRUCTURED
        if kind.kind in STRUCTURED and not plain:
            return InputType(JSON)
        return self._values.input(kind, enum_type(spec.name, value.name))

    def _read(self, tree: Any, spec: ResourceSpec) -> Any:
        """The tree under our own names, with choices as they are stored."""
        if not isinstance(tree, Mapping):
            return tree
        values = {camel(name): value for name, value in spec.public_values.items()}
        links = {camel(name): link for name, link in spec.public_relationships.items()}
        found: dict[str, Any] = {}
        for name, given in tree.items():
            if name in values:
                found[values[name].name] = self._read_condition(spec, values[name], given)
            elif name in LOGIC:
                found[name] = [self._read(item, spec) for item in given] if isinstance(given, list) else given
            elif name in links and links[name].many:
                target = self._domain.target(links[name])
                found[links[name].name] = {key: self._read(item, target) for key, item in (given or {}).items()}
            elif name in links:
                found[links[name].name] = self._read(given, self._domain.target(links[name]))
            else:
                found[name] = self._read(given, spec)
        return found

    def _read_condition(self, spec: ResourceSpec, value: AttributeSpec | DerivedSpec, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        form = self._operand(spec, value).form
        listed = value.type.kind is Kind.LIST
        found: dict[str, Any] = {}
        for name, operand in given.items():
            operator = OPERATORS.get(str(name), str(name))
            # A single item stands for a list of it (GraphQL, October 2021, §3.11).
            several = operator in LISTED or (listed and operator not in UNARY)
            items = operand if isinstance(operand, list) or operand is None or not several else [operand]
            if operator in UNARY:
                found[operator] = items
            else:
                # What is compared with a list is a list already.
                single = listed or not isinstance(items, list)
                found[operator] = read(items, form if single else Items(form))
        return found


def _operator(name: str, operand: Any) -> Argument:
    if name == "is_null":
        return Argument(camel(name), maybe(bool))
    if name in MATCHES:
        return Argument(camel(name), maybe(str))
    return Argument(camel(name), maybe(many(operand)) if name in LISTED else maybe(operand))


def _name(annotation: Any) -> str:
    if get_origin(annotation) is list:
        return f"{_name(get_args(annotation)[0])}List"
    if get_args(annotation):
        return _name(get_args(annotation)[0])
    plain = {str: "String", int: "Int", float: "Float", bool: "Boolean", ID: "ID"}
    if annotation in plain:
        return plain[annotation]
    return SCALAR_MAP[annotation].name if annotation in SCALAR_MAP else str(annotation.__name__)
