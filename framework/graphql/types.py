"""Records as object types: their public values, and the records their links lead to."""

from __future__ import annotations

from strawberry.scalars import ID

from framework.graphql.build import (
    Argument,
    Field,
    FieldResolution,
    fill,
    implement,
    interface_type,
    many,
    maybe,
    object_type,
)
from framework.graphql.filters import Filters
from framework.graphql.names import enum_type
from framework.graphql.permissions import PermissionTypes
from framework.graphql.sorts import Sorts
from framework.graphql.values import Values
from framework.naming import camel
from framework.spec.action import Pagination
from framework.spec.domain import DomainSpec
from framework.spec.hiding import link_may_end, may_be_hidden
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import Kind
from framework.wire.forms import TEXT

NODE = "Node"
ID_DOC = "Its key, by which it is found; no other record of its type has the same."


class Records:
    """The object types of the resources of one schema, with the filters and sorts that their lists take."""

    def __init__(self, domain: DomainSpec, values: Values) -> None:
        self.domain = domain
        self.values = values
        self.filters = Filters(domain, values)
        self.sorts = Sorts(domain, values)
        self.permissions = PermissionTypes(domain)
        self._types: dict[str, type] = {}
        self.node = interface_type(NODE, "Anything with an id.")
        fill(self.node, [Field("id", ID, "The same in every transport.")])

    def of(self, spec: ResourceSpec) -> type:
        """The object type of a resource."""
        if spec.name not in self._types:
            made = self._types[spec.name] = object_type(spec.name, spec.doc)
            if is_node(spec):
                implement(made, self.node, spec.record)
            fill(made, self._fields(spec))
        return self._types[spec.name]

    def narrowing(self, spec: ResourceSpec) -> tuple[Argument, ...]:
        """The arguments that narrow and order a list of these records."""
        order = many(self.sorts.of(spec))
        return (
            Argument("filter", maybe(self.filters.of(spec)), "Only records that satisfy all of this."),
            Argument("sort", maybe(order), "The order: first things first; absent values come last."),
        )

    def _fields(self, spec: ResourceSpec) -> list[Field]:
        values = spec.public_values
        # Caches and stores of clients know a record by its type and its `id`, whatever we call its key.
        found = [] if "id" in values or not spec.stored else [Field("id", ID, ID_DOC, source=spec.key.name, form=TEXT)]
        for name, value in values.items():
            kind = self.values.types.of(spec, value)
            kind = kind.optional() if may_be_hidden(spec, name, self.domain) else kind
            shown = self.values.output(kind, enum_type(spec.name, name))
            found.append(Field(camel(name), shown.annotation, value.doc, source=name, form=shown.form))
        links = spec.public_relationships.values()
        ends = (self._many(link) if link.many else self._one(link) for link in links)
        return [*found, *ends, *(self.permissions.of_record(spec) if spec.stored else ())]

    def _one(self, link: RelationshipSpec) -> Field:
        target = self.of(self.domain.target(link))
        absent = link.nullable or link_may_end(link, self.domain)
        return Field(camel(link.name), maybe(target) if absent else target, link.doc, source=link.name)

    def _many(self, link: RelationshipSpec) -> Field:
        target = self.domain.target(link)
        pages = pages_of(target)
        first = f"At most so many of them for each record: {pages.default} when not said, {pages.maximum} at most."
        return Field(
            camel(link.name),
            many(self.of(target)),
            link.doc,
            source=link.name,
            arguments=(Argument("first", maybe(int), first), *self.narrowing(target)),
            resolution=FieldResolution.RELATED,
        )


def is_node(spec: ResourceSpec) -> bool:
    """Whether records of a resource can be found by a UUID called `id`."""
    key = spec.key
    return key.name == "id" and key.type.kind is Kind.UUID and spec.reader is not None and spec.reader.public


def pages_of(spec: ResourceSpec) -> Pagination:
    """How many records a list of these holds when nothing is said, and at most."""
    return spec.reader.pagination if spec.reader else Pagination()
