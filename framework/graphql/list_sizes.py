"""How many records stand under the fields of a domain's schema, and how many types, fields and so on in the schema."""

from __future__ import annotations

from math import ceil

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_introspection_query,
    parse,
)

from framework.graphql.cost import INTROSPECTION, ListSizes, cost_of
from framework.graphql.names import CAN, VIEWER_CAN, bulk_field, key_field, payload_type, permissions_type, read_field
from framework.graphql.types import pages_of
from framework.naming import camel, collection_field
from framework.spec.action import ActionKind
from framework.spec.domain import DomainSpec

NOTHING = ListSizes({}, {})
# The largest that an introspection may be, by the cost of the standard one, which asks for everything once.
MOST = 2


def sizes_of_records(domain: DomainSpec) -> ListSizes:
    """The list fields of a domain's schema, with the number of records they hold when none is said."""
    roots: dict[str, tuple[str | None, int]] = {}
    roots[CAN] = (VIEWER_CAN, 1)
    fields: dict[str, dict[str, tuple[str, int]]] = {VIEWER_CAN: {}}
    for spec in domain.stored:
        roots[key_field(spec)] = (spec.name, 1)
        fields[spec.name] = {
            camel(link.name): (link.target, pages_of(domain.target(link)).default if link.many else 1)
            for link in spec.public_relationships.values()
        }
        fields[spec.name][CAN] = (permissions_type(spec), 1)
        fields[permissions_type(spec)] = {}
        for action in spec.public_actions.values():
            if action.kind is ActionKind.READ:
                roots[read_field(spec, action)] = (spec.name, action.pagination.default)
            elif action.kind is ActionKind.CREATE:
                field = bulk_field(spec, action)
                roots[field] = (payload_type(field), 1)
                fields[payload_type(field)] = {collection_field(spec.name): (spec.name, 1)}
    return ListSizes(roots, fields)


def sizes_of_schema(schema: GraphQLSchema) -> ListSizes:
    """The lists of an introspection: the number of types, and of everything else what a type has of it on average."""
    types = [kind for name, kind in schema.type_map.items() if not name.startswith("__")]
    fields = [field for kind in types for field in _fields(kind)]
    means = {
        "types": len(types),
        "directives": len(schema.directives),
        "fields": ceil(len(fields) / len(types)),
        "inputFields": ceil(sum(len(k.fields) for k in types if isinstance(k, GraphQLInputObjectType)) / len(types)),
        "enumValues": ceil(sum(len(kind.values) for kind in types if isinstance(kind, GraphQLEnumType)) / len(types)),
        "args": ceil(sum(len(field.args) for field in fields) / len(fields)),
        "possibleTypes": 1,
        "interfaces": 1,
    }
    return ListSizes({}, {on: {name: (on, size) for name, size in means.items()} for on in INTROSPECTION})


def most_of_schema(sizes: ListSizes) -> int:
    """What an introspection may cost at most."""
    whole = parse(get_introspection_query(specified_by_url=True, directive_is_repeatable=True, schema_description=True))
    return MOST * cost_of(whole, {}, NOTHING, sizes).introspection


def _fields(kind: GraphQLNamedType) -> list[GraphQLField]:
    return list(kind.fields.values()) if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)) else []
