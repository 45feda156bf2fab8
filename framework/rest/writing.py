"""Writes over HTTP: create one or many, change one, delete one, each only if it is as the client knows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from framework.actions.cast import cast
from framework.actions.query import Query
from framework.actions.refusals import refuse_wrong
from framework.actions.request import Request as Call
from framework.actions.session import Session
from framework.declare.resource import Resource
from framework.errors import Conflict, Failure
from framework.rest.body import read_input, read_inputs
from framework.rest.endpoints import Endpoint, base_path, reader_of
from framework.rest.preconditions import etag_of, require_match
from framework.rest.serving import Serving, json_response, not_found
from framework.types.json_text import write_json
from framework.wire.dump import shape_of


async def create_record(serving: Serving, endpoint: Endpoint, request: Request) -> Response:
    """201 with the record and where it is."""
    selection = serving.selection(endpoint, request)
    call = Call(await read_input(request))
    (record,) = await serving.sessions(request).perform(endpoint.called, [call], selection)
    content = serving.represent(record, selection, endpoint)
    if reader_of(endpoint.resource) is None:
        return json_response(content, 201)
    key = record[endpoint.resource.key.name]
    root = request.scope.get("root_path", "")
    location = f"{root}{serving.prefix}{base_path(endpoint.resource)}/{key}"
    return json_response(content, 201, location=location, etag=etag_of(content))


async def create_records(serving: Serving, endpoint: Endpoint, request: Request) -> Response:
    """201 with all the records of a list of inputs, or none is made."""
    selection = serving.selection(endpoint, request)
    calls = [Call(item) for item in await read_inputs(request)]
    try:
        records = await serving.sessions(request).perform(endpoint.called, calls, selection)
    except Failure as failure:
        # The engine says where only if there are several.
        raise (failure.under(0) if len(calls) == 1 else failure) from None
    shape = shape_of(selection, endpoint.resource, serving.domain)
    return json_response(write_json([shape.dump(record) for record in records]), 201)


async def update_record(serving: Serving, endpoint: Endpoint, request: Request) -> Response:
    """200 with the record as it is now."""
    selection = serving.selection(endpoint, request)
    record = await _write_one(serving, endpoint, request, given=await read_input(request), selection=selection)
    content = serving.represent(record, selection, endpoint)
    return json_response(content, etag=etag_of(content))


async def destroy_record(serving: Serving, endpoint: Endpoint, request: Request) -> Response:
    """204, and the record is gone."""
    selection = serving.selection(endpoint, request)
    await _write_one(serving, endpoint, request, given=await read_input(request), selection=selection)
    return Response(status_code=204)


async def _write_one(
    serving: Serving, endpoint: Endpoint, request: Request, *, given: Mapping[str, Any], selection: Query
) -> Resource:
    key, expected = request.path_params["id"], request.headers.get("if-match")
    session, returning = serving.sessions(request), _returning(endpoint, selection)
    if expected is None:
        (record,) = await session.perform(endpoint.called, [Call(given, key)], returning)
    else:
        # What cannot be right is refused first (RFC 9110 §13.2.1): no other version of the record would help it.
        refuse_wrong(cast(endpoint.called, endpoint.resource, [Call(given, key)]))
        # Compared under lock, so that nobody writes between the look and the write.
        async with session.transaction() as inner:
            require_match(await _current_tag(serving, endpoint, inner, key=key, selection=selection), expected)
            (record,) = await inner.perform(endpoint.called, [Call(given, key)], returning)
    found: Resource = record
    return found


def _returning(endpoint: Endpoint, selection: Query) -> Query:
    """What is gone is not read again."""
    return Query() if endpoint.method == "DELETE" else selection


async def _current_tag(serving: Serving, endpoint: Endpoint, session: Session, *, key: Any, selection: Query) -> str:
    reader = reader_of(endpoint.resource)
    if reader is None:
        raise Conflict(f"a {endpoint.resource.name} has no ETag to match", code="precondition_failed")
    (record,) = await session.find(reader, [key], selection.locked())
    if record is None:
        raise not_found(endpoint, key)
    return etag_of(serving.represent(record, selection, endpoint))
