"""Sort inputs: one key an object, as `[{createdAt: DESC}, {program: {name: ASC}}]`, and how they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from framework.actions.query import Sort
from framework.errors import Invalid, Path
from framework.graphql.build import Argument, fill_input, input_type, maybe
from framework.graphql.input_names import renamed
from framework.graphql.values import Values
from framework.naming import camel
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import ORDERED
from framework.wire.sorting import parse_sort

DIRECTIONS = {"ASC": "asc", "DESC": "desc"}


class Sorts:
    """The sort inputs of one schema."""

    def __init__(self, domain: DomainSpec, values: Values) -> None:
        self._domain = domain
        self._direction = values.enums.named("SortDirection", DIRECTIONS, "Which way an order runs.")
        self._sorts: dict[str, type] = {}

    def of(self, spec: ResourceSpec) -> type:
        """`ProgramSort`: one value to sort by, of the record or of one it belongs to."""
        if spec.name not in self._sorts:
            made = input_type(f"{spec.name}Sort", "One thing to sort by; exactly one field is said.")
            self._sorts[spec.name] = made
            fill_input(made, self._entries(spec))
        return self._sorts[spec.name]

    def parse(self, given: Any, spec: ResourceSpec, path: Path = ("sort",)) -> tuple[Sort, ...]:
        """What a sort as it was given means; raises Invalid."""
        # GraphQL takes a single item where a list is expected (October 2021, §3.11).
        items: Sequence[Any] = [] if given is None else given if isinstance(given, list) else [given]
        names = [self._name(item, spec, (*path, place)) for place, item in enumerate(items)]
        try:
            return parse_sort(names, spec, self._domain, path=path)
        except Invalid as failure:
            # Whatever it names is a value or a link, so ours.
            words = {step: camel(step) for name in names for step in name.removeprefix("-").split(".")}
            raise Invalid.of(renamed(issue, issue.path, words) for issue in failure.issues) from None

    def _entries(self, spec: ResourceSpec) -> list[Argument]:
        found = [
            Argument(camel(name), maybe(self._direction), value.doc)
            for name, value in spec.public_values.items()
            if value.type.kind in ORDERED
        ]
        links = [link for link in spec.public_relationships.values() if not link.many]
        return [*found, *(Argument(camel(k.name), maybe(self.of(self._domain.target(k))), k.doc) for k in links)]

    def _name(self, item: Mapping[str, Any], spec: ResourceSpec, path: Path) -> str:
        if len(item) != 1:
            raise Invalid("each sort says exactly one field", code="one_field", path=path, hint="write one object each")
        ((name, given),) = item.items()
        links = {camel(link): spec.relationships[link] for link in spec.public_relationships}
        if name in links and isinstance(given, Mapping):
            inner = self._name(given, self._domain.target(links[name]), (*path, name))
            return f"{inner[: inner.startswith('-')]}{links[name].name}.{inner.removeprefix('-')}"
        if given is None:
            raise Invalid(f"`{name}` takes ASC or DESC", code="one_field", path=(*path, name))
        known = {camel(value): value for value in spec.public_values}
        return ("-" if _descends(given) else "") + known.get(name, name)


def _descends(given: Any) -> bool:
    return (given.name if isinstance(given, Enum) else given) == "DESC"
