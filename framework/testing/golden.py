"""Agreed artefacts: everything that is derived from a domain, as text that a review can see change."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import orjson

from framework.actions.pipeline import plan
from framework.graphql.schema import graphql_schema
from framework.jobs.schedules.due import repeating
from framework.policy.rights import rights_in_lines
from framework.rest.openapi import openapi_of
from framework.spec.action import ActionKind
from framework.spec.domain import DomainSpec
from framework.spec.dump import dump_domain
from framework.sql.migrations.ddl import ddl_of

Derive = Callable[[DomainSpec], str]


def tables(domain: DomainSpec) -> str:
    """The tables, as the SQL that makes them."""
    return ddl_of(domain)


def schema(domain: DomainSpec) -> str:
    """The GraphQL schema."""
    return graphql_schema(domain).as_str() + "\n"


def openapi(domain: DomainSpec) -> str:
    """The OpenAPI document of the REST API."""
    return _json(openapi_of(domain))


def tasks(domain: DomainSpec) -> str:
    """Every job: what runs it, where it waits, how it is tried again, how often it repeats."""
    lines = [
        f"{action.resource}.{action.name}: runs {action.run} in queue {action.job.queue}, "
        f"at most {action.job.retry.attempts} times"
        for spec in domain.resources.values()
        for action in spec.actions.values()
        if action.job is not None
    ]
    repeats = [f"{name}: {action.job.schedule}" for name, action in repeating(domain).items() if action.job]
    return "\n".join([*lines, *repeats, ""])


def plans(domain: DomainSpec) -> str:
    """How every write reaches the store."""
    writes = (
        f"{action.resource}.{action.name}: {plan(action)}"
        for spec in domain.resources.values()
        for action in spec.actions.values()
        if action.kind in (ActionKind.UPDATE, ActionKind.CREATE, ActionKind.DESTROY)
    )
    return "\n".join([*writes, ""])


def spec(domain: DomainSpec) -> str:
    """The compiled spec itself."""
    return _json(dump_domain(domain))


def policies(domain: DomainSpec) -> str:
    """Who may do what: a line for each rule about each action."""
    return "\n".join([*rights_in_lines(domain), ""])


ARTEFACTS: Mapping[str, Derive] = {
    "tables.sql": tables,
    "schema.graphql": schema,
    "openapi.json": openapi,
    "tasks.txt": tasks,
    "plans.txt": plans,
    "spec.json": spec,
    "policies.txt": policies,
}


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"
