"""The schemas of bodies: what an action takes, what a record and a page of them look like, and what a problem is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from framework.naming import mutation_field
from framework.rest.fragments import Fragments, Schema
from framework.spec.action import ActionKind, ActionSpec, ArgumentSpec, Paging
from framework.spec.attribute import ABSENT, AttributeSpec
from framework.spec.domain import DomainSpec
from framework.spec.hiding import link_may_end, may_be_hidden
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec

Input = AttributeSpec | ArgumentSpec
NULL: Schema = {"type": "null"}
TEXT: Schema = {"type": "string"}
PERMISSION, HISTORY = "ActionPermission", "History"


def ref(name: str) -> Schema:
    """A reference to a schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def input_name(action: ActionSpec) -> str:
    """`Program`, `create` → `CreateProgramInput`."""
    name = mutation_field(action.resource, action.name)
    return f"{name[:1].upper()}{name[1:]}Input"


def page_name(spec: ResourceSpec) -> str:
    """`Program` → `ProgramPage`."""
    return f"{spec.name}Page"


def input_schema(action: ActionSpec, spec: ResourceSpec, fragments: Fragments) -> Schema:
    """What an action takes and nothing else; an update takes any part of it."""
    inputs = inputs_of(action, spec)
    required = [item.name for item in inputs if is_required(item, action)]
    schema: Schema = {"type": "object", "additionalProperties": False}
    if action.doc:
        schema["description"] = action.doc
    schema["properties"] = {item.name: _taken(item, action, fragments) for item in inputs}
    return {**schema, "required": required} if required else schema


def inputs_of(action: ActionSpec, spec: ResourceSpec) -> list[Input]:
    """What an action takes, attributes first."""
    return [*(spec.attributes[name] for name in action.accept), *action.arguments.values()]


def is_required(item: Input, action: ActionSpec) -> bool:
    """Whether an input has to be given."""
    if isinstance(item, AttributeSpec):
        return action.kind is ActionKind.CREATE and item.required
    return item.default is None and not item.type.nullable


def record_schema(spec: ResourceSpec, domain: DomainSpec, fragments: Fragments) -> Schema:
    """A record: what is stored, unless `fields` says otherwise; what is worked out and linked, if it is asked for.

    A document cannot say that a part is missing only when the client asked for less. So it describes the whole, for
    which clients get the types that they want; with `fields` the record has its key and what was named.
    """
    properties: dict[str, Schema] = {}
    for name, value in spec.public_values.items():
        shown = fragments.given(value.type)
        hidden = not value.type.nullable and may_be_hidden(spec, name, domain)
        properties[name] = _described({"anyOf": [shown, NULL]} if hidden else shown, value.doc)
    for name, link in spec.public_relationships.items():
        properties[name] = _described(_related(link, domain), link.doc)
    stored = [name for name in spec.public_values if name in spec.attributes]
    schema: Schema = {"type": "object", "properties": properties, "required": stored}
    return _described(schema, spec.doc)


def page_schema(spec: ResourceSpec, paging: Paging) -> Schema:
    """A page of records and the way to the others."""
    place: Schema = {"type": ["integer" if paging is Paging.OFFSET else "string", "null"]}
    page = {
        "limit": {"type": "integer"},
        "next": {**place, "description": f"Give it as `{'offset' if paging is Paging.OFFSET else 'after'}`."},
        "previous": {**place, "description": f"Give it as `{'offset' if paging is Paging.OFFSET else 'before'}`."},
        "total": {"type": "integer", "description": "How many there are in all, with `count`."},
        "total_is_exact": {"type": "boolean", "description": "Whether that was counted, and not estimated."},
    }
    places = {"type": "object", "properties": page, "required": ["limit", "next", "previous"]}
    properties = {"data": {"type": "array", "items": ref(spec.name)}, "page": places}
    return {"type": "object", "properties": properties, "required": ["data", "page"]}


def permissions_schema(actions: Sequence[ActionSpec]) -> Schema:
    """Whether each of these actions is allowed, by its name."""
    properties = {action.name: ref(PERMISSION) for action in actions}
    return {"type": "object", "properties": properties, "required": list(properties)}


def permission_schema() -> Schema:
    """Whether one action is allowed."""
    allowed = {"type": ["boolean", "null"], "description": "Null where that hangs on the record that it would make."}
    reason = {"type": ["string", "null"], "description": "What it takes, where it is not simply allowed."}
    return {"type": "object", "properties": {"allowed": allowed, "reason": reason}, "required": ["allowed", "reason"]}


def history_schema() -> Schema:
    """A page of what was done to one record, the latest first."""
    absent, values = {"type": ["string", "null"]}, {"type": "object", "additionalProperties": True}
    entry: dict[str, Any] = {
        "cursor": {"type": "string", "description": "Give it as `after` for what was done before."},
        "at": {"type": "string", "format": "date-time"},
        "action": {"type": "string"},
        "actor": {**absent, "description": "Who did it: kind and id."},
        "request_id": {"type": "string", "format": "uuid"},
        "data": {**values, "description": "The public values it wrote."},
        "before": {**values, "type": ["object", "null"], "description": "What they were, where that is kept."},
    }
    entries = {"type": "array", "items": {"type": "object", "properties": entry, "required": [*entry]}}
    page = {
        "type": "object",
        "properties": {"limit": {"type": "integer"}, "next": absent},
        "required": ["limit", "next"],
    }
    return {"type": "object", "properties": {"data": entries, "page": page}, "required": ["data", "page"]}


def problem_schemas() -> dict[str, Schema]:
    """RFC 9457, with the issues that make up the problem."""
    absent = {"type": ["string", "null"]}
    issue: dict[str, Any] = {
        "code": {"type": "string", "description": "What it is, for programs."},
        "message": {"type": "string", "description": "What it is, for people."},
        "pointer": {**absent, "description": "Where in the body (RFC 6901)."},
        "parameter": {**absent, "description": "Which parameter of the address."},
        "field": {**absent, "description": "The name of the input at fault."},
        "params": {"type": "object", "additionalProperties": True},
        "hint": {**absent, "description": "What to do about it."},
    }
    problem: dict[str, Any] = {
        "type": {"type": "string", "format": "uri-reference"},
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "instance": {"type": "string", "format": "uri-reference"},
        "code": {"type": "string", "description": "The code of the first issue."},
        "errors": {"type": "array", "items": ref("ProblemIssue")},
    }
    return {
        "Problem": {"type": "object", "properties": problem, "required": list(problem)},
        "ProblemIssue": {"type": "object", "properties": issue, "required": list(issue)},
    }


def _related(link: RelationshipSpec, domain: DomainSpec) -> Schema:
    if link.many:
        return {"type": "array", "items": ref(link.target)}
    absent = link.nullable or link_may_end(link, domain)
    return {"anyOf": [ref(link.target), NULL]} if absent else ref(link.target)


def _taken(item: Input, action: ActionSpec, fragments: Fragments) -> Schema:
    schema = _described(fragments.taken(item.type), item.doc)
    default = item.default
    if default is None or default.value is ABSENT or action.kind is ActionKind.UPDATE:
        return schema
    return {**schema, "default": item.type.dump(default.value)}


def _described(schema: Schema, doc: str) -> Schema:
    return {**schema, "description": doc} if doc else schema
