"""The REST face of a domain, assembled: one router, nothing written for any resource."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from fastapi import APIRouter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from framework.events.feed import Feed
from framework.rest.endpoints import STREAMS, Endpoint, Use, endpoints_of
from framework.rest.past import tell_history
from framework.rest.permitting import tell_permissions
from framework.rest.problems import problem_response
from framework.rest.reading import get_record, list_records
from framework.rest.running import run_action
from framework.rest.serving import Serving, Sessions
from framework.rest.streaming import stream_changes, stream_progress
from framework.rest.writing import create_record, create_records, destroy_record, update_record
from framework.spec.domain import DomainSpec
from framework.wire.failures import present
from framework.wire.hanging_up import unless_left
from framework.wire.weighing import MOST

PREFIX = "/api"
Handler = Callable[[Serving, Endpoint, Request], Coroutine[Any, Any, Response]]
HANDLERS: dict[Use, Handler] = {
    Use.LIST: list_records,
    Use.GET: get_record,
    Use.CREATE: create_record,
    Use.CREATE_MANY: create_records,
    Use.UPDATE: update_record,
    Use.DESTROY: destroy_record,
    Use.RUN: run_action,
    Use.CHANGES: stream_changes,
    Use.PROGRESS: stream_progress,
    Use.CAN: tell_permissions,
    Use.HISTORY: tell_history,
}


@dataclass(frozen=True, slots=True)
class Path:
    """Everything that one path answers, by method, so that a wrong method is told all the right ones."""

    serving: Serving
    endpoints: Mapping[str, Endpoint]

    async def answer(self, request: Request) -> Response:
        """The response of the endpoint, or the problem that it had."""
        endpoint = self.endpoints["GET" if request.method == "HEAD" else request.method]
        try:
            answering = HANDLERS[endpoint.use](self.serving, endpoint, request)
            # What a client has asked to be written is written, whether or not it waits for the answer.
            return await (unless_left(request, answering) if endpoint.method == "GET" else answering)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets a problem and the log the rest
            return problem_response(present(error), request.scope["path"], inputs=endpoint.inputs)


def rest_router(
    domain: DomainSpec, sessions: Sessions, *, feed: Feed | None = None, prefix: str = PREFIX, filter_cost: int = MOST
) -> APIRouter:
    """Every route of the domain. The schemas are in `openapi_of`, and nothing is validated twice."""
    router, serving = APIRouter(), Serving(domain, sessions, prefix, feed, filter_cost)
    served = [endpoint for endpoint in endpoints_of(domain) if feed is not None or endpoint.use not in STREAMS]
    for path, endpoints in groupby(served, key=lambda endpoint: endpoint.path):
        by_method = {endpoint.method: endpoint for endpoint in endpoints}
        answer = Path(serving, by_method).answer
        router.add_route(prefix + path, answer, methods=list(by_method), include_in_schema=False)
    return router
