"""Generic actions over HTTP: typed inputs in, a typed value out."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from framework.actions.request import Request as Call
from framework.rest.body import read_input
from framework.rest.endpoints import Endpoint
from framework.rest.parameters import read_parameters
from framework.rest.serving import Serving, json_response
from framework.types.json_text import write_json
from framework.wire.dump import dump_value


async def run_action(serving: Serving, endpoint: Endpoint, request: Request) -> Response:
    """200 with what the action returns, 204 when it returns nothing."""
    read_parameters(request.query_params.multi_items(), ())
    action = endpoint.called
    call = Call(await read_input(request), request.path_params.get("id"))
    (value,) = await serving.sessions(request).perform(action, [call])
    if action.returns is None:
        return Response(status_code=204)
    return json_response(write_json(dump_value(value, action.returns)))
