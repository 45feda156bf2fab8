"""The GraphQL endpoint: queries and mutations over HTTP, subscriptions over `graphql-transport-ws` and SSE."""

from __future__ import annotations

from typing import Any

from strawberry.fastapi import GraphQLRouter
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL

from framework.context import Context
from framework.errors import Invalid
from framework.graphql.context import KEY, GraphqlContext
from framework.graphql.limits import QueryLimits
from framework.graphql.schema import graphql_schema
from framework.runtime.runtime import Runtime
from framework.settings import Settings
from framework.spec.domain import DomainSpec


def graphql_router(domain: DomainSpec, runtime: Runtime, settings: Settings) -> GraphQLRouter[Any, Any]:
    """The router, with GraphiQL where the settings allow it."""

    async def context() -> dict[str, GraphqlContext]:
        return {KEY: GraphqlContext(runtime.engine.session(Context()), runtime.feed)}

    return _Router(
        graphql_schema(domain, limits_of(settings)),
        context_getter=context,
        graphql_ide="graphiql" if settings.graphiql else None,
        subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL],
        allow_queries_via_get=False,
    )


class _Router(GraphQLRouter[Any, Any]):
    """Strawberry's, which takes for granted that a body which is JSON is an object."""

    def parse_json(self, data: str | bytes) -> Any:
        """The body of a request."""
        found = super().parse_json(data)
        if not isinstance(found, (dict, list)):
            raise Invalid("the body is an object with a `query`", code="object_expected")
        return found


def limits_of(settings: Settings) -> QueryLimits:
    """The bounds of one operation."""
    return QueryLimits(
        depth=settings.graphql_max_depth,
        cost=settings.graphql_max_cost,
        aliases=settings.graphql_max_aliases,
        tokens=settings.graphql_max_tokens,
        introspection=settings.graphql_introspection,
    )
