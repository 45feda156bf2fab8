"""The OpenAPI 3.1 document of a domain: the same every time, so that a change of a declaration shows in it."""

from __future__ import annotations

from typing import Any

from framework.rest.bodies import (
    HISTORY,
    PERMISSION,
    history_schema,
    input_name,
    input_schema,
    page_name,
    page_schema,
    permission_schema,
    problem_schemas,
    record_schema,
)
from framework.rest.endpoints import STREAMS, Use, endpoints_of
from framework.rest.filter_schemas import filter_schemas
from framework.rest.fragments import Fragments, Schema, fragments_of
from framework.rest.names import include_name, include_schema, sort_name, sort_schema
from framework.rest.operations import operation, problem_response
from framework.rest.router import PREFIX
from framework.spec.action import ActionKind
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec


def openapi_of(domain: DomainSpec, *, prefix: str = PREFIX, streams: bool = True) -> dict[str, Any]:
    """Paths, components and tags; whoever serves it says title and version."""
    fragments = fragments_of(domain)
    paths: dict[str, Schema] = {}
    for endpoint in endpoints_of(domain):
        if streams or endpoint.use not in STREAMS:
            paths.setdefault(prefix + endpoint.path, {})[endpoint.method.lower()] = operation(endpoint, fragments)
    schemas = _schemas(domain, fragments)
    return {
        "paths": paths,
        "components": {
            "schemas": {name: schemas[name] for name in sorted(schemas)},
            "responses": {"Problem": problem_response()},
        },
        "tags": [{"name": spec.name, "description": spec.doc} for spec in _served(domain)],
    }


def _served(domain: DomainSpec) -> list[ResourceSpec]:
    """The resources that have a route of their own."""
    names = {endpoint.resource.name for endpoint in endpoints_of(domain)}
    return [spec for spec in domain.resources.values() if spec.name in names]


def _shown(domain: DomainSpec) -> list[ResourceSpec]:
    """The stored resources whose records a client may see: those with a route, and whatever their links lead to."""
    found = {spec.name: spec for spec in _served(domain)}
    waiting = list(found.values())
    while waiting:
        for link in waiting.pop().public_relationships.values():
            target = domain.target(link)
            if target.name not in found:
                found[target.name] = target
                waiting.append(target)
    return [spec for spec in domain.stored if spec.name in found]


def _schemas(domain: DomainSpec, fragments: Fragments) -> dict[str, Schema]:
    shown = _shown(domain)
    schemas: dict[str, Schema] = {**fragments.definitions, **problem_schemas()}
    schemas |= filter_schemas(domain, shown, fragments)
    if domain.has_policies:
        schemas[PERMISSION] = permission_schema()
    if any(endpoint.use is Use.HISTORY for endpoint in endpoints_of(domain)):
        schemas[HISTORY] = history_schema()
    for spec in shown:
        schemas[spec.name] = record_schema(spec, domain, fragments)
        if spec.public_relationships:
            schemas[include_name(spec)] = include_schema(spec, domain)
    for endpoint in endpoints_of(domain):
        if endpoint.use is Use.LIST:
            schemas[page_name(endpoint.resource)] = page_schema(endpoint.resource, endpoint.called.pagination.paging)
            schemas[sort_name(endpoint.resource)] = sort_schema(endpoint.resource, domain)
    for spec in domain.resources.values():
        for action in spec.public_actions.values():
            if action.kind not in (ActionKind.READ, ActionKind.JOB):
                schemas[input_name(action)] = input_schema(action, spec, fragments)
    return schemas
