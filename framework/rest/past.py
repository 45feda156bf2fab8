"""What was done to a record, over HTTP."""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from framework.audit.history import ENTRIES, HistoryOf, history_of
from framework.rest.endpoints import Endpoint
from framework.rest.parameters import read_parameters
from framework.rest.serving import Serving, json_response
from framework.types.json_text import write_json
from framework.types.type import Kind, Type
from framework.wire.dump import dump_value

NUMBER, MOMENT = Type(Kind.INTEGER, int), Type(Kind.DATETIME, datetime)


async def tell_history(serving: Serving, endpoint: Endpoint, request: Request) -> Response:
    """200 with the latest first, and the cursor of what is older; 404 for a record that one may not see."""
    given = read_parameters(request.query_params.multi_items(), ("limit", "after"))
    limit = given.value("limit", NUMBER) if "limit" in given.plain else ENTRIES
    wanted = HistoryOf(endpoint.resource, request.path_params["id"], limit, given.one("after"))
    found = await history_of(serving.sessions(request), wanted)
    entries = [{**entry, "at": dump_value(entry["at"], MOMENT)} for entry in found.told()]
    return json_response(write_json({"data": entries, "page": {"limit": limit, "next": found.next}}))
