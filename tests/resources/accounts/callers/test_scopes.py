"""A key does what its scopes name and no more: by any door, and by no link either."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from framework.actions.request import Request
from resources.accounts.project import DEFAULT_PROJECT
from tests.installation.fixtures import Copy
from tests.resources.accounts.callers.guarded import Guarded, bearer, guarded

DEEP = {"query": "{ projects { nodes { slug memberships { id } } } }"}


@pytest.fixture(scope="module")
async def served(copy: Copy) -> AsyncIterator[Guarded]:
    async with guarded(await copy()) as serving:
        yield serving


async def key(served: Guarded, *scopes: str) -> tuple[str, str]:
    user = await served.user(is_owner=True)
    return bearer((await served.key(user.id, *scopes)).key)


async def code(served: Guarded, header: tuple[str, str], asked: str, body: Any = None) -> int:
    method, _, path = asked.partition(" ")
    return (await served.http.request(method, path, json=body, headers=[header])).status_code


async def test_a_key_for_one_read_reads_that_and_does_nothing(served: Guarded) -> None:
    header, there = await key(served, "Project.browse"), f"/api/projects/{DEFAULT_PROJECT}"
    assert await code(served, header, "GET /api/projects") == 200
    assert await code(served, header, f"GET {there}") == 200
    assert await code(served, header, "GET /api/programs") == 403
    assert await code(served, header, f"PATCH {there}", {"name": "Mine"}) == 403
    assert await code(served, header, "POST /api/projects", {"slug": "mine", "name": "Mine"}) == 403


async def test_what_it_does_not_read_is_at_the_end_of_no_link(served: Guarded) -> None:
    system = served.session.as_system("the test prepares")
    member = await served.user()
    given = {"user_id": member.id, "project_id": DEFAULT_PROJECT, "role": "viewer"}
    await system.perform(system.domain.action("Membership", "add"), [Request(given)])
    seen = {}
    for scopes in (("Project.browse",), ("Project.browse", "Membership.browse"), ("read",)):
        answer = await served.http.post("/graphql", json=DEEP, headers=[await key(served, *scopes)])
        seen[scopes] = sum(len(each["memberships"]) for each in answer.json()["data"]["projects"]["nodes"])
    assert seen["Project.browse",] == 0
    assert seen["Project.browse", "Membership.browse"] == seen["read",] > 0


async def test_a_key_for_one_action_does_that_with_all_it_takes(served: Guarded) -> None:
    header = await key(served, "Project.update")
    body = {"name": "Renamed"}
    # It is done, and not shown to a key that reads nothing.
    assert await code(served, header, f"PATCH /api/projects/{DEFAULT_PROJECT}", body) == 204
    assert await code(served, header, "GET /api/projects") == 403
