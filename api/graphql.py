"""The GraphQL endpoint: queries and mutations over HTTP, subscriptions over `graphql-transport-ws` and SSE."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from json import JSONDecodeError
from typing import Any

from starlette.requests import HTTPConnection, Request
from starlette.types import Scope
from strawberry import UNSET
from strawberry.exceptions import ConnectionRejectionError
from strawberry.fastapi import GraphQLRouter
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.unset import UnsetType

from api.authentication import caller_of
from api.pages import page
from api.rate_limiting import budgets_of_actor, budgets_of_address
from api.rate_limits import RateLimits, refusal
from api.sessions import session_for
from framework.actions.permission.todays_actors import TodaysActors
from framework.callers.authenticates import context_of
from framework.errors import Failure, Invalid, Unauthenticated
from framework.graphql.context import KEY, GraphqlContext
from framework.graphql.limits import QueryLimits
from framework.graphql.schema import DomainSchema, graphql_schema
from framework.graphql.serving.accept import Accept
from framework.graphql.serving.endpoint import answer, method_not_allowed
from framework.graphql.serving.request import json_of
from framework.graphql.serving.websocket import TransportWsHandler
from framework.runtime.runtime import Runtime
from framework.settings import Settings
from framework.spec.domain import DomainSpec
from framework.types.json_text import write_json
from framework.wire.failures import present

# Beside the context of operations: the request that opened a WebSocket, what makes a context of it, and what Strawberry
# keeps of the first message.
HANDSHAKE, BEGIN, SAID = "handshake", "begin", "connection_params"


def graphql_router(
    domain: DomainSpec, runtime: Runtime, settings: Settings, limits: RateLimits
) -> GraphQLRouter[Any, Any]:
    """The router, with GraphiQL where the settings allow it.

    Over a WebSocket each operation is a request: it counts as one, and whoever may not ask any more is refused.
    """
    today: TodaysActors = runtime.engine.services[TodaysActors]

    async def context(connection: HTTPConnection) -> dict[str, Any]:
        asked = GraphqlContext(session_for(runtime.engine, connection), runtime.feed)
        return {KEY: asked, HANDSHAKE: connection.scope, BEGIN: begin}

    async def begin(scope: Scope, said: Mapping[str, Any]) -> GraphqlContext:
        who = await context_of(runtime.callers, caller_of(scope, said))
        taken_from = [*budgets_of_actor(who.actor, settings), *budgets_of_address(scope.get("client"), settings)]

        async def refuses() -> Failure | None:
            try:
                await today.refuse_changed(who)
            except Unauthenticated as failure:
                return failure
            return refusal(await limits.taken(taken_from))

        return GraphqlContext(runtime.engine.session(who), runtime.feed, refuses)

    return _Router(
        graphql_schema(domain, limits_of(settings)),
        context_getter=context,
        graphql_ide="graphiql" if settings.graphiql else None,
        subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
        allow_queries_via_get=False,
        connection_init_wait_timeout=timedelta(seconds=settings.head_seconds),
        max_subscriptions_per_connection=settings.socket_operations,
        # Strawberry asks once more.
        allowed_origins=settings.origins,
    )


class _Router(GraphQLRouter[Any, Any]):
    """Strawberry's for WebSockets; the page and requests over HTTP are answered by ourselves."""

    schema: DomainSchema
    graphql_transport_ws_handler_class = TransportWsHandler

    async def run(self, request: Any, context: Any = None, root_value: Any = None) -> Any:
        """The answer to a request, or a connection carried out to its end."""
        if not isinstance(request, Request):
            return await super().run(request, context, root_value)
        if request.method == "POST":
            return await answer(self.schema, request, context)
        # A browser's, also with a query in the address: GraphiQL keeps it there.
        if self.graphql_ide and "text/html" in request.headers.get("accept", ""):
            return page("graphiql.html")
        return method_not_allowed(Accept.of(request.headers.get("accept", "")))

    async def on_ws_connect(self, context: Any) -> UnsetType:
        """Lets the client of a WebSocket in, as whom its handshake and its first message say."""
        try:
            context[KEY] = await context[BEGIN](context[HANDSHAKE], context[SAID])
        except Exception as error:  # noqa: BLE001 - whatever a hook raises, nobody is let in by it
            present(error)
            raise ConnectionRejectionError from None
        nothing: UnsetType = UNSET
        return nothing

    def decode_json(self, data: str | bytes) -> object:
        """A message of a connection; raises JSONDecodeError."""
        try:
            return json_of(data)
        except Invalid as failure:
            raise JSONDecodeError(failure.issues[0].message, "", 0) from None

    def encode_json(self, data: object) -> str:
        """A message of a connection, as text."""
        return write_json(data).decode()


def graphql_methods(settings: Settings) -> str:
    """What is allowed there: GET is for the page alone."""
    return "GET, POST" if settings.graphiql else "POST"


def limits_of(settings: Settings) -> QueryLimits:
    """The bounds of one operation."""
    return QueryLimits(
        depth=settings.graphql_max_depth,
        cost=settings.graphql_max_cost,
        aliases=settings.graphql_max_aliases,
        tokens=settings.graphql_max_tokens,
        introspection=settings.graphql_introspection,
        filter_cost=settings.max_filter_cost,
    )
