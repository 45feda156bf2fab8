"""Whether one may, over HTTP: each action by its name, with what it takes where one may not."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from framework.actions.permission.on_records import permissions_of, permissions_without_record
from framework.rest.endpoints import Endpoint
from framework.rest.parameters import read_parameters
from framework.rest.serving import Serving, json_response
from framework.types.json_text import write_json


async def tell_permissions(serving: Serving, endpoint: Endpoint, request: Request) -> Response:
    """200 with the actions about the record, or about none as yet; 404 for a record that one may not see."""
    read_parameters(request.query_params.multi_items(), ())
    session, spec = serving.sessions(request), endpoint.resource
    if endpoint.about_record:
        found = await permissions_of(session, spec, request.path_params["id"])
    else:
        found = permissions_without_record(session, spec)
    return json_response(write_json({name: permission.told() for name, permission in found.items()}))
