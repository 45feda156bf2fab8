"""What may not be said of a REST face: routes that overlap, paths that are none, arguments nobody could send."""

from __future__ import annotations

import re
from collections.abc import Iterator

from framework.errors import Problem
from framework.rest.endpoints import Endpoint, Use, endpoints_of
from framework.rest.section import Rest
from framework.spec.domain import DomainSpec

SEGMENTS = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)*")
# What a list takes besides the arguments of its action.
RESERVED = frozenset({"filter", "sort", "fields", "include", "limit", "after", "before", "offset", "count"})


def no_two_routes_overlap(domain: DomainSpec) -> Iterator[Problem]:
    """Two routes with one method and path, or one operation id: the second could never be reached."""
    routes: dict[str, Endpoint] = {}
    names: dict[str, Endpoint] = {}
    for endpoint in endpoints_of(domain):
        route = f"{endpoint.method} {endpoint.path}"
        other = routes.setdefault(route, endpoint)
        if other is not endpoint:
            yield _problem(
                endpoint, f"{route} is already {_said(other)}", "rename one of them, or give it another path"
            )
            continue
        other = names.setdefault(endpoint.name, endpoint)
        if other is not endpoint:
            yield _problem(endpoint, f"the operation `{endpoint.name}` is already {_said(other)}", "rename one of them")


def paths_are_well_formed(domain: DomainSpec) -> Iterator[Problem]:
    """A path is words of small letters, digits and hyphens, with slashes between them."""
    for spec in domain.resources.values():
        section = spec.sections.get(Rest)
        if isinstance(section, Rest) and not SEGMENTS.fullmatch(section.path):
            hint = "write it as `programs/triage-ticket`"
            yield Problem(spec.source, f"{spec.name}.Rest.path", f"`{section.path}` is no path", hint)


def arguments_can_be_sent(domain: DomainSpec) -> Iterator[Problem]:
    """An argument of a read is a query parameter, so it may not have the name of another."""
    for endpoint in endpoints_of(domain):
        if endpoint.use is Use.LIST:
            for name in sorted(RESERVED & set(endpoint.called.arguments)):
                yield _problem(endpoint, f"`{name}` is a query parameter of every list", "rename the argument")


def _said(endpoint: Endpoint) -> str:
    name = endpoint.resource.name
    if endpoint.action is not None:
        return f"`{name}.{endpoint.action.name}`"
    if endpoint.use is Use.HISTORY:
        return f"the history of `{name}`"
    if endpoint.use is Use.CAN:
        return f"what tells who may do what with `{name}`"
    return f"the stream of `{name}` {endpoint.use}"


def _problem(endpoint: Endpoint, says: str, hint: str) -> Problem:
    if endpoint.action is None:
        return Problem(endpoint.resource.source, endpoint.resource.name, says, hint)
    return Problem(endpoint.action.source, f"{endpoint.resource.name}.{endpoint.action.name}", says, hint)
