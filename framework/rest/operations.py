"""One route as an OpenAPI operation: parameters, body, answers."""

from __future__ import annotations

from framework.rest.bodies import input_name, inputs_of, is_required, page_name, ref
from framework.rest.endpoints import STREAMS, Endpoint, Use
from framework.rest.filter_schemas import filter_name
from framework.rest.fragments import Fragments, Schema
from framework.rest.problems import MEDIA_TYPE
from framework.rest.selection import MAX_RELATED
from framework.spec.action import Paging
from framework.spec.resource import ResourceSpec

WRITES = (400, 404, 409, 413, 415, 422)
PROBLEMS: dict[Use, tuple[int, ...]] = {
    Use.LIST: (422,),
    Use.GET: (404, 422),
    Use.CREATE: (400, 409, 413, 415, 422),
    Use.UPDATE: (*WRITES, 412),
    Use.DESTROY: (*WRITES, 412),
    Use.RUN: WRITES,
    Use.CHANGES: (422,),
    Use.PROGRESS: (404, 422),
}
SAYS = {
    Use.LIST: "A page of records.",
    Use.GET: "The record.",
    Use.CREATE: "What was made.",
    Use.UPDATE: "The record as it is now.",
    Use.DESTROY: "It is gone.",
    Use.RUN: "What the action gives.",
    Use.CHANGES: "Events as they happen; `id` is the cursor to resume after.",
    Use.PROGRESS: "Reports as they come; `id` is the cursor to resume after.",
}
TEXT: Schema = {"type": "string"}


def operation(endpoint: Endpoint, fragments: Fragments) -> Schema:
    """The operation of an endpoint."""
    doc = endpoint.action.doc if endpoint.action else ""
    found: Schema = {
        "operationId": endpoint.name,
        "tags": [endpoint.resource.name],
        "summary": (doc.splitlines() or [SAYS[endpoint.use]])[0],
        "parameters": [*_path(endpoint, fragments), *_query(endpoint, fragments), *_headers(endpoint)],
    }
    if doc.count("\n"):
        found["description"] = doc
    if endpoint.method in ("POST", "PATCH"):
        found["requestBody"] = _body(endpoint)
    problems = {str(status): {"$ref": "#/components/responses/Problem"} for status in sorted(PROBLEMS[endpoint.use])}
    problem = {"default": {"$ref": "#/components/responses/Problem"}}
    return {**found, "responses": {**_success(endpoint, fragments), **problems, **problem}}


def problem_response() -> Schema:
    """The one answer to everything that goes wrong."""
    return {"description": "What went wrong (RFC 9457).", "content": {MEDIA_TYPE: {"schema": ref("Problem")}}}


def _path(endpoint: Endpoint, fragments: Fragments) -> list[Schema]:
    if not endpoint.about_record:
        return []
    schema = fragments.given(endpoint.resource.key.type)
    return [{"name": "id", "in": "path", "required": True, "schema": schema}]


def _query(endpoint: Endpoint, fragments: Fragments) -> list[Schema]:
    if endpoint.use in STREAMS:
        after = _parameter("after", TEXT, "The last cursor seen; without it, from now on.")
        return [after, _parameter("id", TEXT, "Only this record.")] if endpoint.use is Use.CHANGES else [after]
    if endpoint.use is Use.RUN:
        return []
    shown = _selection(endpoint.resource)
    return [*_listing(endpoint, fragments), *shown] if endpoint.use is Use.LIST else shown


def _selection(spec: ResourceSpec) -> list[Schema]:
    says = f"Links to follow, in dots over several; at most {MAX_RELATED} records of a link to many."
    names = list(spec.public_values)
    fields = _names("fields", {"enum": names}, "What to show: all that is stored if not given. The key always is.")
    return [fields, _names("include", {}, says)] if spec.public_relationships else [fields]


def _listing(endpoint: Endpoint, fragments: Fragments) -> list[Schema]:
    spec, pagination = endpoint.resource, endpoint.called.pagination
    limit = {"type": "integer", "minimum": 0, "maximum": pagination.maximum, "default": pagination.default}
    filters = _parameter("filter", ref(filter_name(spec)), "`filter[name][eq]=x`, or the same as JSON in `filter`.")
    if pagination.paging is Paging.OFFSET:
        places = [_parameter("offset", {"type": "integer", "minimum": 0}, "How many to pass over.")]
    else:
        says = ("`next` of the page before this one.", "`previous` of the page after this one.")
        places = [_parameter(name, TEXT, text) for name, text in zip(("after", "before"), says, strict=True)]
    arguments = [
        {
            **_parameter(name, fragments.taken(argument.type), argument.doc),
            "required": is_required(argument, endpoint.called),
        }
        for name, argument in endpoint.called.arguments.items()
    ]
    return [
        *arguments,
        {**filters, "style": "deepObject", "explode": True},
        _names("sort", {}, "Values to sort by; `-` before one descends, dots follow links to one record."),
        _parameter("limit", limit, "How many at most."),
        *places,
        _parameter("count", {"type": "boolean", "default": False}, "Whether to say how many there are in all."),
    ]


def _headers(endpoint: Endpoint) -> list[Schema]:
    names = {Use.GET: "If-None-Match", Use.UPDATE: "If-Match", Use.DESTROY: "If-Match"}
    if endpoint.use in STREAMS:
        return [{"name": "Last-Event-ID", "in": "header", "schema": TEXT, "description": "As `after`."}]
    name = names.get(endpoint.use)
    return [] if name is None else [{"name": name, "in": "header", "schema": TEXT, "description": "An ETag."}]


def _body(endpoint: Endpoint) -> Schema:
    action = endpoint.called
    one = ref(input_name(action))
    schema = {"oneOf": [one, {"type": "array", "items": one}]} if endpoint.use is Use.CREATE else one
    required = any(is_required(item, action) for item in inputs_of(action, endpoint.resource))
    return {"required": required, "content": {"application/json": {"schema": schema}}}


def _success(endpoint: Endpoint, fragments: Fragments) -> dict[str, Schema]:
    says, spec = SAYS[endpoint.use], endpoint.resource
    match endpoint.use:
        case Use.LIST:
            link = {"Link": {"schema": TEXT, "description": "The first, next and previous page (RFC 8288)."}}
            return {"200": {"description": says, "headers": link, "content": _json(ref(page_name(spec)))}}
        case Use.GET | Use.UPDATE:
            etag = {"ETag": {"schema": TEXT}}
            return {"200": {"description": says, "headers": etag, "content": _json(ref(spec.name))}}
        case Use.CREATE:
            made = {"oneOf": [ref(spec.name), {"type": "array", "items": ref(spec.name)}]}
            headers = {"Location": {"schema": TEXT}, "ETag": {"schema": TEXT}}
            return {"201": {"description": says, "headers": headers, "content": _json(made)}}
        case Use.RUN if endpoint.called.returns is not None:
            return {"200": {"description": says, "content": _json(fragments.given(endpoint.called.returns))}}
        case Use.RUN | Use.DESTROY:
            return {"204": {"description": says}}
        case _:
            return {"200": {"description": says, "content": {"text/event-stream": {"schema": TEXT}}}}


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


def _parameter(name: str, schema: Schema, says: str) -> Schema:
    found: Schema = {"name": name, "in": "query", "schema": schema}
    return {**found, "description": says} if says else found


def _names(name: str, items: Schema, says: str) -> Schema:
    schema = {"type": "array", "items": {**TEXT, **items}}
    return {**_parameter(name, schema, says), "style": "form", "explode": False}
