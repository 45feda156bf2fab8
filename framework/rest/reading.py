"""Reads over HTTP: a page of records, and one record with its ETag."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from framework.rest.endpoints import Endpoint
from framework.rest.listing import Count, read_listing
from framework.rest.page_links import link_header, places_of
from framework.rest.preconditions import etag_of, is_known
from framework.rest.serving import Serving, json_response, not_found
from framework.types.json_text import write_json
from framework.wire.dump import shape_of


async def list_records(serving: Serving, endpoint: Endpoint, request: Request) -> Response:
    """`{"data": […], "page": {limit, next, previous[, total, total_is_exact]}}`, and the same places as `Link`s."""
    items = request.query_params.multi_items()
    spec, domain, paging = endpoint.resource, serving.domain, endpoint.called.pagination
    listing = read_listing(endpoint, items, domain, most=serving.filter_cost)
    session = serving.sessions(request)
    page = await session.page(endpoint.called, listing.query, listing.arguments)
    places = places_of(page, listing.query, paging, spec, domain=domain)
    if listing.count is Count.EXACT:
        number = await session.total(endpoint.called, listing.query, listing.arguments)
        places |= {"total": number, "total_is_exact": True}
    elif listing.count is Count.ESTIMATED:
        total = await session.estimate(endpoint.called, listing.query, listing.arguments)
        places |= {"total": total.number, "total_is_exact": total.is_exact}
    shape = shape_of(listing.query, spec, domain)
    content = write_json({"data": [shape.dump(record) for record in page.records], "page": places})
    return json_response(content, link=link_header(request.url.path, items, places, paging.paging))


async def get_record(serving: Serving, endpoint: Endpoint, request: Request) -> Response:
    """One record, or 304 when the client has it as it is."""
    selection = serving.selection(endpoint, request)
    key = request.path_params["id"]
    (record,) = await serving.sessions(request).find(endpoint.called, [key], selection)
    if record is None:
        raise not_found(endpoint, key)
    content = serving.represent(record, selection, endpoint)
    etag = etag_of(content)
    if is_known(etag, request.headers.get("if-none-match")):
        return Response(status_code=304, headers={"ETag": etag})
    return json_response(content, etag=etag)
