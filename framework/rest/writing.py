"""Writes over HTTP: create one or many, change one, delete one, each only if it is as the client knows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from framework.actions.beside import beside
from framework.actions.precondition import Precondition
from framework.actions.query import Query
from framework.actions.request import Request as Call
from framework.declare.resource import Resource
from framework.errors import Conflict, Failure
from framework.rest.body import read_input, read_inputs
from framework.rest.endpoints import Endpoint, base_path, reader_of
from framework.rest.preconditions import etag_of, require_match
from framework.rest.serving import Serving, json_response
from framework.types.json_text import write_json
from framework.wire.dump import shape_of


async def create_record(serving: Serving, endpoint: Endpoint, request: Request) -> Response:
    """201 with the record and where it is; 204 if whoever made it may not see it."""
    selection = serving.selection(endpoint, request)
    call = Call(await read_input(request))
    (record,) = await serving.sessions(request).perform(endpoint.called, [call], selection)
    if record is None:
        return _done()
    content = serving.represent(record, selection, endpoint)
    if reader_of(endpoint.resource) is None:
        return json_response(content, 201)
    key = record[endpoint.resource.key.name]
    root = request.scope.get("root_path", "")
    location = f"{root}{serving.prefix}{base_path(endpoint.resource)}/{key}"
    return json_response(content, 201, location=location, etag=etag_of(content))


async def create_records(serving: Serving, endpoint: Endpoint, request: Request) -> Response:
    """201 with all the records of a list of inputs, null for one that may not be seen; or none is made."""
    selection = serving.selection(endpoint, request)
    calls = [Call(item) for item in await read_inputs(request)]
    try:
        records = await serving.sessions(request).perform(endpoint.called, calls, selection)
    except Failure as failure:
        # The engine says where only if there are several.
        raise (failure.under(0) if len(calls) == 1 else failure) from None
    shape = shape_of(selection, endpoint.resource, serving.domain)
    content = await beside(records, lambda: write_json([shape.dump_related(record) for record in records]))
    return json_response(content, 201)


async def update_record(serving: Serving, endpoint: Endpoint, request: Request) -> Response:
    """200 with the record as it is now; 204 if it may not be seen any more."""
    selection = serving.selection(endpoint, request)
    record = await _write_one(serving, endpoint, request, given=await read_input(request), selection=selection)
    if record is None:
        return _done()
    content = serving.represent(record, selection, endpoint)
    return json_response(content, etag=etag_of(content))


async def destroy_record(serving: Serving, endpoint: Endpoint, request: Request) -> Response:
    """204, and the record is gone."""
    selection = serving.selection(endpoint, request)
    await _write_one(serving, endpoint, request, given=await read_input(request), selection=selection)
    return _done()


async def _write_one(
    serving: Serving, endpoint: Endpoint, request: Request, *, given: Mapping[str, Any], selection: Query
) -> Resource | None:
    expected = request.headers.get("if-match")
    known = None if expected is None else _expecting(serving, endpoint, expected, selection=selection)
    call = Call(given, request.path_params["id"], known)
    record: Resource | None
    (record,) = await serving.sessions(request).perform(endpoint.called, [call], _returning(endpoint, selection))
    return record


def _done() -> Response:
    """What was asked for is done, and there is nothing to show."""
    return Response(status_code=204)


def _returning(endpoint: Endpoint, selection: Query) -> Query:
    """What is gone is not shown."""
    return Query() if endpoint.method == "DELETE" else selection


def _expecting(serving: Serving, endpoint: Endpoint, expected: str, *, selection: Query) -> Precondition:
    """That the record has an entity tag that the client names (RFC 9110 §13.1.1), whoever reads it now."""

    def check(record: Resource) -> None:
        if reader_of(endpoint.resource) is None:
            raise Conflict(f"a record of `{endpoint.resource.name}` has no ETag to match", code="precondition_failed")
        require_match(etag_of(serving.represent(record, selection, endpoint)), expected)

    return Precondition(selection, check)
