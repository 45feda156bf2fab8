"""One route as an OpenAPI operation: parameters, body, answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from framework.audit.history import ENTRIES, MOST_ENTRIES
from framework.data.total import COUNTED
from framework.rest.bodies import HISTORY, input_name, inputs_of, is_required, page_name, permissions_schema, ref
from framework.rest.endpoints import STREAMS, Endpoint, Use
from framework.rest.filter_schemas import filter_name
from framework.rest.fragments import Fragments, Schema
from framework.rest.listing import Count
from framework.rest.names import include_name, sort_name
from framework.rest.problems import MEDIA_TYPE
from framework.rest.selection import MAX_INCLUDES, MAX_RELATED
from framework.spec.action import ActionSpec, Paging
from framework.spec.resource import ResourceSpec
from framework.wire.many import MAX_RECORDS
from framework.wire.sorting import MAX_SORTS

WRITES = (400, 404, 409, 413, 415, 422)
PROBLEMS: dict[Use, tuple[int, ...]] = {
    Use.LIST: (400, 422),
    Use.GET: (404, 422),
    Use.CREATE: (400, 409, 413, 415, 422),
    Use.CREATE_MANY: (400, 409, 413, 415, 422),
    Use.UPDATE: (*WRITES, 412),
    Use.DESTROY: (*WRITES, 412),
    Use.RUN: WRITES,
    Use.CHANGES: (404, 410, 422),
    Use.PROGRESS: (404, 410, 422),
    Use.CAN: (404, 422),
    Use.HISTORY: (404, 422),
}
SAYS = {
    Use.LIST: "A page of records.",
    Use.GET: "The record.",
    Use.CREATE: "The record that was made.",
    Use.CREATE_MANY: "The records that were made, in the order of the list.",
    Use.UPDATE: "The record as it is now.",
    Use.DESTROY: "It is gone.",
    Use.RUN: "What the action gives.",
    Use.CHANGES: "Events as they happen; `id` is the cursor to resume after.",
    Use.PROGRESS: "Reports as they come; `id` is the cursor to resume after.",
    Use.CAN: "Whether each action is allowed, by its name.",
    Use.HISTORY: "What was done, the latest first.",
}
SUMMARIES = {
    Use.LIST: "Lists {name} records",
    Use.GET: "Reads one {name}",
    Use.CREATE: "Makes one {name}",
    Use.CREATE_MANY: "Makes several {name} records: all or none",
    Use.UPDATE: "Changes one {name}",
    Use.DESTROY: "Deletes one {name}",
    Use.RUN: "Runs `{action}` of {name}",
    Use.CHANGES: "Tells every change of {name} records",
    Use.PROGRESS: "Tells the progress of the jobs of one {name}, from the first report to the end",
    Use.CAN: "Tells which actions of {name} are allowed",
    Use.HISTORY: "Tells what was done to one {name}, and by whom",
}
BEGINS = {
    Use.CHANGES: "The last cursor seen; without it, from now on.",
    Use.PROGRESS: "The last cursor seen; without it, from the first report.",
}
ACTING = frozenset({Use.CREATE, Use.CREATE_MANY, Use.UPDATE, Use.DESTROY})
TEXT: Schema = {"type": "string"}
ETAG: Schema = {"ETag": {"schema": TEXT}}
FIELDS = (
    "What to show, the key always is; without it, all that is stored, which is what the answer's schema describes. "
    "`fields[link]=name` says it of an included link."
)
COUNTS = (
    f"Say how many there are in all: `estimated` counts up to {COUNTED:,} and takes what PostgreSQL expects beyond, "
    "`exact` counts however many they are."
)
FILTER = (
    'Conditions as JSON, `{"name": {"eq": "x"}}`, or in brackets, `filter[name][eq]=x`; '
    "both hold if both are given. In brackets a list has commas, is repeated, or is JSON."
)


def operation(endpoint: Endpoint, fragments: Fragments) -> Schema:
    """The operation of an endpoint."""
    doc = endpoint.action.doc if endpoint.action else ""
    found: Schema = {
        "operationId": endpoint.name,
        "tags": [endpoint.resource.name],
        "summary": (doc.splitlines() or [_summary(endpoint)])[0],
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


def _summary(endpoint: Endpoint) -> str:
    name, action = endpoint.resource.name, endpoint.action
    said = SUMMARIES[endpoint.use].format(name=name, action=action.name if action else "")
    plain = action is None or action.name in ("create", "update", "destroy") or endpoint.use not in ACTING
    return said if plain or action is None else f"{said}, by `{action.name}`"


def _path(endpoint: Endpoint, fragments: Fragments) -> list[Schema]:
    if not endpoint.about_record:
        return []
    schema = fragments.given(endpoint.resource.key.type)
    return [{"name": "id", "in": "path", "required": True, "schema": schema}]


def _query(endpoint: Endpoint, fragments: Fragments) -> list[Schema]:
    if endpoint.use in STREAMS:
        after = _parameter("after", TEXT, BEGINS[endpoint.use])
        one = _parameter("id", fragments.given(endpoint.resource.key.type), "Only this record.")
        return [after, one] if endpoint.use is Use.CHANGES else [after]
    if endpoint.use is Use.HISTORY:
        limit = {"type": "integer", "minimum": 1, "maximum": MOST_ENTRIES, "default": ENTRIES}
        return [
            _parameter("limit", limit, "How many at most."),
            _parameter("after", TEXT, "`next` of the page before."),
        ]
    if endpoint.use in (Use.RUN, Use.CAN):
        return []
    shown = _selection(endpoint.resource)
    return [*_listing(endpoint, fragments), *shown] if endpoint.use is Use.LIST else shown


def _selection(spec: ResourceSpec) -> list[Schema]:
    fields = _names("fields", {**TEXT, "enum": list(spec.public_values)}, FIELDS)
    if not spec.public_relationships:
        return [fields]
    says = f"Links to follow, in dots over several; at most {MAX_RELATED} records of a link to many."
    return [fields, _names("include", ref(include_name(spec)), says, maxItems=MAX_INCLUDES)]


def _listing(endpoint: Endpoint, fragments: Fragments) -> list[Schema]:
    spec, pagination = endpoint.resource, endpoint.called.pagination
    limit = {"type": "integer", "minimum": 0, "maximum": pagination.maximum, "default": pagination.default}
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
        _filter(spec),
        _names(
            "sort",
            ref(sort_name(spec)),
            "Values to sort by; `-` before one descends, dots follow links.",
            maxItems=MAX_SORTS,
            uniqueItems=True,
        ),
        _parameter("limit", limit, "How many at most."),
        *places,
        _parameter("count", {"type": "string", "enum": [*Count]}, COUNTS),
    ]


def _filter(spec: ResourceSpec) -> Schema:
    """As JSON, which every client can send; OpenAPI has no word for names in brackets within brackets."""
    # An example of their own, as viewers would make one of every condition there is.
    content = {"schema": ref(filter_name(spec)), "example": {}}
    return {"name": "filter", "in": "query", "description": FILTER, "content": {"application/json": content}}


def _headers(endpoint: Endpoint) -> list[Schema]:
    names = {Use.GET: "If-None-Match", Use.UPDATE: "If-Match", Use.DESTROY: "If-Match"}
    if endpoint.use in STREAMS:
        return [{"name": "Last-Event-ID", "in": "header", "schema": TEXT, "description": "As `after`."}]
    name = names.get(endpoint.use)
    return [] if name is None else [{"name": name, "in": "header", "schema": TEXT, "description": "An ETag."}]


def _body(endpoint: Endpoint) -> Schema:
    action = endpoint.called
    one = ref(input_name(action))
    many = {"type": "array", "items": one, "minItems": 1, "maxItems": MAX_RECORDS}
    schema = many if endpoint.use is Use.CREATE_MANY else one
    required = schema is many or any(is_required(item, action) for item in inputs_of(action, endpoint.resource))
    return {"required": required, "content": {"application/json": {"schema": schema}}}


def _success(endpoint: Endpoint, fragments: Fragments) -> dict[str, Schema]:
    says, spec = SAYS[endpoint.use], endpoint.resource
    match endpoint.use:
        case Use.LIST:
            link = {"Link": {"schema": TEXT, "description": "The first, next and previous page (RFC 8288)."}}
            return {"200": {"description": says, "headers": link, "content": _json(ref(page_name(spec)))}}
        case Use.GET | Use.UPDATE:
            found = {"200": {"description": says, "headers": ETAG, "content": _json(ref(spec.name))}}
            same = {"304": {"description": "It is as the client has it (`If-None-Match`).", "headers": ETAG}}
            return {**found, **same} if endpoint.use is Use.GET else found
        case Use.CREATE:
            headers = {"Location": {"schema": TEXT}, **ETAG}
            return {"201": {"description": says, "headers": headers, "content": _json(ref(spec.name))}}
        case Use.CREATE_MANY:
            return {"201": {"description": says, "content": _json({"type": "array", "items": ref(spec.name)})}}
        case Use.RUN if endpoint.called.returns is not None:
            return {"200": {"description": says, "content": _json(fragments.given(endpoint.called.returns))}}
        case Use.CAN | Use.HISTORY:
            told = ref(HISTORY) if endpoint.use is Use.HISTORY else permissions_schema(_permitted(endpoint))
            return {"200": {"description": says, "content": _json(told)}}
        case Use.RUN | Use.DESTROY:
            return {"204": {"description": says}}
        case _:
            stream = {"200": {"description": says, "content": {"text/event-stream": {"schema": TEXT}}}}
            over = {"204": {"description": "The job has ended, and that was told before the cursor."}}
            return {**stream, **over} if endpoint.use is Use.PROGRESS else stream


def _permitted(endpoint: Endpoint) -> Sequence[ActionSpec]:
    return endpoint.resource.record_actions if endpoint.about_record else endpoint.resource.recordless_actions


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


def _parameter(name: str, schema: Schema, says: str) -> Schema:
    found: Schema = {"name": name, "in": "query", "schema": schema}
    return {**found, "description": says} if says else found


def _names(name: str, items: Schema, says: str, **bounds: Any) -> Schema:
    schema = {"type": "array", "items": items, "minItems": 1, **bounds}
    return {**_parameter(name, schema, says), "style": "form", "explode": False}
