"""One request over HTTP, answered as the GraphQL-over-HTTP specification says, or as a stream of events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError, OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.types.execution import ExecutionResult

from framework.errors import Invalid
from framework.graphql.context import context_of
from framework.graphql.failures import refusals_of
from framework.graphql.schema import DomainSchema
from framework.graphql.serving.accept import EVENT_STREAM, GRAPHQL_JSON, Accept
from framework.graphql.serving.event_stream import HEADERS, events_of
from framework.graphql.serving.request import GraphqlRequest, read_request
from framework.processes.stopping import Stopping
from framework.types.json_text import write_json
from framework.wire.failures import present
from framework.wire.hanging_up import unless_left

BAD_REQUEST = 400


async def answer(schema: DomainSchema, request: Request, context: Any) -> Response:
    """The answer to a POST; whatever goes wrong is JSON with `errors`."""
    accept = Accept.of(request.headers.get("accept", ""))
    try:
        asked = await read_request(request)
        kind = schema.kind_of(asked.query, asked.operation_name)
        if accept.prefers_events or (accept.takes_events and kind is OperationType.SUBSCRIPTION):
            return await _streamed(schema, asked, context, _sign_to_end(kind, context))
        executing = _executed(schema, asked, context)
        # What a mutation writes is written, whether or not the client waits for the answer.
        reads = kind is OperationType.QUERY
        return _response(await (unless_left(request, executing) if reads else executing), accept)
    except ClientDisconnect:
        return Response(status_code=BAD_REQUEST)  # nobody is there to read it
    except Exception as error:  # noqa: BLE001 - what is unforeseen is logged by `present`
        return refused(error, accept)


def refused(error: Exception, accept: Accept) -> Response:
    """A request that was not carried out."""
    presented = present(error)
    # What is wrong with a request, and has no status of its own, is a bad request (GraphQL over HTTP, 6.4).
    status = BAD_REQUEST if isinstance(error, Invalid) and presented.status == 422 else presented.status
    content = {"errors": [fault.formatted for fault in refusals_of(presented.issues)]}
    return _json(content, accept, status)


def method_not_allowed(accept: Accept) -> Response:
    """The answer to a query in an address."""
    failure = Invalid("operations are sent by POST", code="method_not_allowed", hint="send the query in a body of JSON")
    response = refused(failure, accept)
    response.headers["allow"] = "POST"
    return response


def result_json(result: ExecutionResult) -> dict[str, Any]:
    """A result as JSON; one that was not carried out has no `data`."""
    found: dict[str, Any] = {} if _not_carried_out(result) else {"data": result.data}
    if result.errors:
        found["errors"] = [error.formatted for error in result.errors]
    return found


async def _executed(schema: DomainSchema, asked: GraphqlRequest, context: Any) -> ExecutionResult:
    try:
        return await schema.execute(
            asked.query, variable_values=asked.variables, operation_name=asked.operation_name, context_value=context
        )
    except CannotGetOperationTypeError as error:
        unknown = GraphQLError(error.as_http_error_reason(), extensions={"code": "bad_query"})
        return ExecutionResult(data=None, errors=[unknown])


def _sign_to_end(kind: OperationType | None, context: Any) -> Stopping:
    """When a stream ends before its time; what is answered once is answered, within a bound of its own."""
    session = context_of(context).session
    sign: Stopping = session.services.get(Stopping, Stopping()) if kind is OperationType.SUBSCRIPTION else Stopping()
    return sign


async def _streamed(schema: DomainSchema, asked: GraphqlRequest, context: Any, stopping: Stopping) -> Response:
    results = await schema.stream(
        asked.query, variable_values=asked.variables, operation_name=asked.operation_name, context_value=context
    )
    events = events_of(results, lambda result: write_json(result_json(result)), stopping)
    return StreamingResponse(events, headers=HEADERS, media_type=EVENT_STREAM)


def _response(result: ExecutionResult, accept: Accept) -> Response:
    # A client that takes JSON of any kind looks for errors in the body alone.
    wrong = accept.json == GRAPHQL_JSON and _not_carried_out(result)
    return _json(result_json(result), accept, BAD_REQUEST if wrong else 200)


def _not_carried_out(result: ExecutionResult) -> bool:
    return result.data is None and bool(result.errors) and all(error.path is None for error in result.errors or ())


def _json(content: Mapping[str, Any], accept: Accept, status: int) -> Response:
    return Response(write_json(content), status, media_type=accept.json)
