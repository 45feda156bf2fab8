"""Which routes a domain has."""

from __future__ import annotations

import pytest

from framework.rest.endpoints import Use, endpoints_of
from framework.spec.domain import DomainSpec


def routes(domain: DomainSpec, resource: str) -> list[str]:
    return [f"{e.method} {e.path} {e.name}" for e in endpoints_of(domain) if e.resource.name == resource]


def test_every_public_action_has_a_route(domain: DomainSpec) -> None:
    assert routes(domain, "Program") == [
        "GET /programs listPrograms",
        "POST /programs createProgram",
        "POST /programs/bulk createPrograms",
        "GET /programs/changes streamProgramChanges",
        "POST /programs/clone cloneProgram",
        "POST /programs/clone/bulk clonePrograms",
        "GET /programs/named namedPrograms",
        "GET /programs/paged pagedPrograms",
        "GET /programs/{id} getProgram",
        "PATCH /programs/{id} updateProgram",
        "DELETE /programs/{id} destroyProgram",
        "POST /programs/{id}/ask-model askProgramModel",
        "POST /programs/{id}/crash crashProgram",
        "POST /programs/{id}/execute executeProgram",
        "GET /programs/{id}/history getProgramHistory",
        "POST /programs/{id}/ping pingProgram",
        "GET /programs/{id}/progress streamProgramProgress",
        "POST /programs/{id}/publish publishProgram",
        "POST /programs/{id}/shred shredProgram",
    ]


def test_a_resource_without_a_public_read_shows_nothing(domain: DomainSpec) -> None:
    assert routes(domain, "Version") == [
        "POST /versions createVersion",
        "POST /versions/bulk createVersions",
        "PATCH /versions/{id} updateVersion",
    ]


def test_a_resource_may_be_served_at_a_path_of_its_own(domain: DomainSpec) -> None:
    assert routes(domain, "TriageTicket") == ["POST /programs/triage-ticket/execute executeTriageTicket"]


def test_a_fixed_path_comes_before_one_with_an_id(domain: DomainSpec) -> None:
    paths = [endpoint.path for endpoint in endpoints_of(domain)]
    assert paths.index("/programs/triage-ticket/execute") < paths.index("/programs/{id}/execute")


def test_a_stream_calls_no_action(domain: DomainSpec) -> None:
    stream = next(endpoint for endpoint in endpoints_of(domain) if endpoint.use is Use.CHANGES)
    with pytest.raises(LookupError, match="GET /programs/changes calls no action"):
        _ = stream.called
