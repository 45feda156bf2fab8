"""What every route needs to serve: the domain, a session for each request, and the feed of events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from framework.actions.query import Query
from framework.actions.session import Session
from framework.declare.resource import Resource
from framework.errors import NotFound
from framework.events.feed import Feed
from framework.rest.endpoints import Endpoint
from framework.rest.parameters import read_parameters
from framework.rest.selection import PARAMETERS, read_selection
from framework.spec.domain import DomainSpec
from framework.types.json_text import write_json
from framework.wire.dump import shape_of
from framework.wire.weighing import MOST

Sessions = Callable[[Request], Session]


@dataclass(frozen=True, slots=True)
class Serving:
    """Shared by all routes of a router. Streams are only served where there is a feed.

    `filter_cost` is what the filter and the sort of a list may cost.
    """

    domain: DomainSpec
    sessions: Sessions
    prefix: str
    feed: Feed | None = None
    filter_cost: int = MOST

    def selection(self, endpoint: Endpoint, request: Request) -> Query:
        """What to show of one record, as the query string says; raises Invalid."""
        given = read_parameters(request.query_params.multi_items(), PARAMETERS)
        return read_selection(given, endpoint.resource, self.domain)

    def represent(self, record: Resource, selection: Query, endpoint: Endpoint) -> bytes:
        """One record as it is sent."""
        return write_json(shape_of(selection, endpoint.resource, self.domain).dump(record))


def json_response(content: bytes, status: int = 200, **headers: str) -> Response:
    """JSON that is written already, with headers by name."""
    return Response(content, status, headers, "application/json")


def not_found(endpoint: Endpoint, key: Any) -> NotFound:
    """The failure of a record that is not there."""
    return NotFound.record(endpoint.resource.name, key)
