"""The GraphQL schema of a domain, assembled."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import strawberry
from graphql import GraphQLError, OperationType, get_operation_ast
from strawberry.extensions import DisableIntrospection, SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from framework.graphql.build import Field, FieldResolution, fill, object_type, value_of
from framework.graphql.documents import DocumentChecks, Documents
from framework.graphql.executor import LoadedExecutor
from framework.graphql.failures import translate
from framework.graphql.limits import LimitedSchema, QueryLimits
from framework.graphql.mutations import Mutations
from framework.graphql.nodes import node_field
from framework.graphql.paging import Connections
from framework.graphql.past import history_fields
from framework.graphql.queries import Queries
from framework.graphql.scalars import SCALAR_MAP
from framework.graphql.shown_types import ShownTypes
from framework.graphql.subscriptions import Subscriptions
from framework.graphql.types import Records
from framework.graphql.values import Values
from framework.spec.domain import DomainSpec

# GraphQL demands a query, also of a domain that is only actions.
ALIVE = Field("alive", bool, "Whether the API answers.", resolve=lambda *_: True, resolution=FieldResolution.SYNC)


class DomainSchema(strawberry.Schema):
    """A schema whose errors are told as every transport tells them; it knows the documents that it read before."""

    documents: Documents

    def kind_of(self, text: str, operation_name: str | None) -> OperationType | None:
        """What kind of operation a document asks to run; None where it cannot be told."""
        try:
            operation = get_operation_ast(self.documents.parsed(text).document, operation_name)
        except GraphQLError:
            return None
        return operation.operation if operation else None

    def process_errors(
        self,
        errors: list[GraphQLError],
        execution_context: ExecutionContext | None = None,
    ) -> None:
        """Puts what a client may see in the place of what was raised; the unexpected is logged by then."""
        errors[:] = translate(errors)


def graphql_schema(domain: DomainSpec, limits: QueryLimits = QueryLimits()) -> DomainSchema:  # noqa: B008 - frozen
    """Everything the domain offers publicly, in the order of declaration."""
    records = Records(domain, Values(ShownTypes.of_domain(domain)))
    node = node_field(records)
    queries = [
        *([node] if node else []),
        *Queries(records, Connections(records)).fields(),
        *history_fields(domain),
        *records.permissions.of_query(),
    ]
    query = _root("Query", queries or [ALIVE])
    mutation = _root("Mutation", Mutations(records).fields())
    subscription = _root("Subscription", Subscriptions(records).fields())
    assert query is not None
    found: list[type[SchemaExtension] | Callable[[], SchemaExtension]] = [lambda: DocumentChecks(schema.documents)]
    schema = DomainSchema(
        query=query,
        mutation=mutation,
        subscription=subscription,
        extensions=found if limits.introspection else [DisableIntrospection, *found],
        execution_context_class=LoadedExecutor,
        config=StrawberryConfig(auto_camel_case=False, default_resolver=value_of, scalar_map=SCALAR_MAP),
    )
    schema.documents = Documents(LimitedSchema(domain, schema._schema, limits))  # noqa: SLF001 - the only way to it
    return schema


def _root(name: str, fields: Iterable[Field]) -> type | None:
    listed = list(fields)
    if not listed:
        return None
    made = object_type(name)
    fill(made, listed)
    return made
