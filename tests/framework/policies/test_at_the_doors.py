"""Whether one may is told at both doors alike, at once for all records of a list, and gives nothing hidden away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from framework import Actor, Attr, Context, Create, Domain, Read, Resource, actor, allow, attribute, primary_key
from framework import Request as Call
from framework.actions.engine import Engine
from framework.actions.permission.can import permissions
from framework.actions.permission.on_records import permissions_of, permissions_without_record
from framework.actions.session import Session
from framework.compiler.domain import compile_domain
from framework.data.memory import MemoryLayer
from framework.events.doorbell import LocalDoorbell
from framework.events.feed import Feed
from framework.events.log import Log
from framework.graphql.context import GraphqlContext
from framework.graphql.limits import QueryLimits
from framework.graphql.schema import graphql_schema
from framework.graphql.serving.endpoint import answer
from framework.naming import camel
from framework.rest.installation import install
from framework.rest.router import rest_router
from tests.framework.graphql.conftest import CountingLayer
from tests.framework.policies.archive import ARCHIVE, Calls, Document, Folder, Member, Team

PEOPLE = {
    "ann": Actor("user", "ann"),
    "bob": Actor("user", "bob"),
    "lead": Actor("user", "ann", {"role": "lead"}),
    "auditor": Actor("user", "eve", {"role": "auditor"}),
    "key": Actor("user", "ann", {"scopes": ["Document.browse", "Document.retitle"]}),
}
OF_A_DOCUMENT = ARCHIVE.resources["Document"].record_actions
WITHOUT_RECORD = "documents { allowed reason } writeDocument { allowed reason } tidyDocument { allowed }"
SCHEMA = graphql_schema(ARCHIVE, QueryLimits())


class Archive:
    """The archive behind both doors; a request says in a header who asks."""

    def __init__(self, http: httpx.AsyncClient, layer: CountingLayer, engine: Engine) -> None:
        self.http, self.layer, self.engine = http, layer, engine

    def session(self, who: str) -> Session:
        return self.engine.session(Context(PEOPLE[who]))

    async def ask(self, who: str, query: str) -> Any:
        self.layer.statements.clear()
        found = (await self.http.post("/graphql", json={"query": query}, headers={"who": who})).json()
        assert "errors" not in found
        return found["data"]

    async def get(self, who: str, path: str) -> httpx.Response:
        return await self.http.get(path, headers={"who": who})

    async def team(self, name: str, documents: int, **people: str) -> list[Any]:
        """A team with documents."""
        system = self.engine.system("the test prepares")
        team = await system.create(Team.found, {"name": name})
        for person, role in people.items():
            await system.create(Member.join, {"person": person, "role": role, "team_id": team.id})
        folder = await system.create(Folder.add, {"name": name, "team_id": team.id})
        given = [{"title": f"{name} {n}", "owner": "ann", "folder_id": folder.id} for n in range(documents)]
        return await system.create_all(Document.write, given)


@asynccontextmanager
async def opened() -> AsyncIterator[Archive]:
    layer = CountingLayer(MemoryLayer(ARCHIVE))
    engine, app = Engine(ARCHIVE, layer, services={Calls: Calls()}), FastAPI()
    feed = Feed(Log(ARCHIVE, layer, LocalDoorbell()))

    def session(request: Request) -> Session:
        return engine.session(Context(PEOPLE[request.headers["who"]]))

    app.include_router(rest_router(ARCHIVE, session))
    install(app, ARCHIVE, max_body_bytes=1_000_000)

    @app.post("/graphql")
    async def graphql(request: Request) -> Response:
        return await answer(SCHEMA, request, GraphqlContext(session(request), feed))

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        yield Archive(http, layer, engine)


@pytest.fixture
async def archive() -> AsyncIterator[Archive]:
    async with opened() as found:
        yield found


def asked(*names: str) -> str:
    wanted = names or tuple(camel(action.name) for action in OF_A_DOCUMENT)
    return f"viewerCan {{ {' '.join(f'{name} {{ allowed reason }}' for name in wanted)} }}"


@pytest.mark.parametrize("who", PEOPLE)
async def test_both_doors_say_what_the_session_says(archive: Archive, who: str) -> None:
    draft, final = await archive.team("ours", 2, ann="editor", bob="reader")
    await archive.engine.system("the test prepares").update(Document.finish, final.id)
    for document in (draft, final):
        if who == "auditor":
            continue
        over_rest = (await archive.get(who, f"/api/documents/{document.id}/can")).json()
        found = (await archive.ask(who, f'{{ document(id: "{document.id}") {{ {asked()} }} }}'))["document"]
        listed = (await archive.ask(who, f"{{ documents {{ nodes {{ id {asked()} }} }} }}"))["documents"]["nodes"]
        assert found["viewerCan"] in [each["viewerCan"] for each in listed if each["id"] == str(document.id)]
        assert {camel(name): told for name, told in over_rest.items()} == found["viewerCan"]
        session = archive.session(who)
        for action in OF_A_DOCUMENT:
            (said,) = await permissions(session, action, [Call(id=document.id)])
            assert (action.name, over_rest[action.name]["allowed"]) == (action.name, said.allowed)
            assert (over_rest[action.name]["reason"] is None) == (said.allowed is True)


async def test_what_is_about_no_record_is_told_for_the_query(archive: Archive) -> None:
    for who in PEOPLE:
        over_rest = (await archive.get(who, "/api/documents/can")).json()
        query = (
            "{ viewerCan { documents { allowed reason } writeDocument { allowed reason } tidyDocument { allowed } } }"
        )
        found = (await archive.ask(who, query))["viewerCan"]
        assert archive.layer.statements == []
        assert (found["documents"], found["writeDocument"]) == (over_rest["browse"], over_rest["write"])
        assert over_rest["tidy"]["allowed"] is (who in ("lead", "auditor"))
    bob = (await archive.get("bob", "/api/documents/can")).json()
    assert bob["write"]["allowed"] is None
    assert bob["tidy"]["allowed"] is False
    assert bob["tidy"]["reason"] == (
        "allowed when the actor's `role` is `auditor`, or when the actor's `role` is `lead`"
    )
    assert (await archive.get("key", "/api/documents/can")).json()["tidy"]["reason"] == "the key is not for this action"


async def test_it_is_asked_once_for_all_records_of_a_page(archive: Archive) -> None:
    counted = []
    for many in (1, 30):
        await archive.team(f"of {many}", many, ann="editor")
        names = ("edit", "burn", "retitle", "move")
        documents = f"documents(first: 40) {{ {asked(*names)} }}"
        data = await archive.ask("ann", f"{{ teams(first: 2) {{ nodes {{ folders(first: 1) {{ {documents} }} }} }} }}")
        told = [d["viewerCan"] for t in data["teams"]["nodes"] for f in t["folders"] for d in f["documents"]]
        assert len(told) >= many
        assert {(name, each[name]["allowed"]) for each in told for name in names} == {(name, True) for name in names}
        counted.append(archive.layer.statements.copy())
    assert counted[0] == counted[1]
    # The list, which of them are seen, and a look for each condition: edit and burn have the same, so have the others.
    assert counted[0].count("read Document") == 1 + 1 + 2


async def test_it_is_told_of_what_a_mutation_gives(archive: Archive) -> None:
    (document,) = await archive.team("ours", 1, ann="editor")
    retitle = f'retitleDocument(id: "{document.id}", input: {{title: "new"}})'
    data = await archive.ask("ann", f"mutation {{ {retitle} {{ document {{ title {asked('edit', 'handOver')} }} }} }}")
    can = data["retitleDocument"]["document"]["viewerCan"]
    assert (can["edit"]["allowed"], can["handOver"]["allowed"]) == (True, False)


async def test_a_hidden_record_is_as_one_that_is_not_there(archive: Archive) -> None:
    (theirs,) = await archive.team("theirs", 1, cid="editor")
    for key in (theirs.id, uuid4()):
        told = await archive.get("ann", f"/api/documents/{key}/can")
        assert (told.status_code, told.json()["code"]) == (404, "not_found")
        assert told.json()["detail"].replace(str(key), "…") == "there is no Document with id …"
    assert (await archive.get("ann", "/api/documents/garbage/can")).status_code == 422


async def test_a_reason_is_the_same_whatever_the_records_hold(archive: Archive) -> None:
    one, other = await archive.team("ours", 2, ann="editor", bob="reader")
    await archive.engine.system("the test prepares").update(Document.finish, other.id)
    told = [(await archive.get("bob", f"/api/documents/{each.id}/can")).json()["burn"] for each in (one, other)]
    assert told[0] == told[1]
    member = "(`person` is the actor's `id` and `role` is `editor`)"
    path = f"some of its `folder` has that some of its `team` has that some of its `members` has that {member}"
    assert told[0]["reason"] == f"allowed when {path}; forbidden when `stage` is `final`"


async def test_nothing_may_be_done_with_what_only_a_read_past_a_filter_shows(
    archive: Archive,
) -> None:
    (document,) = await archive.team("ours", 1, ann="editor")
    await archive.session("ann").update(Document.archive, document.id, {"archived": True})
    data = await archive.ask("ann", f"{{ browseAllDocuments {{ nodes {{ {asked('retitle')} }} }} }}")
    (shown,) = data["browseAllDocuments"]["nodes"]
    assert shown["viewerCan"]["retitle"]["allowed"] is False
    assert (await archive.get("ann", f"/api/documents/{document.id}/can")).status_code == 404


async def test_it_counts_as_what_it_is_asked_of(archive: Archive) -> None:
    few = f"{{ documents(first: 100) {{ nodes {{ {asked('edit')} }} }} }}"
    limited = graphql_schema(ARCHIVE, QueryLimits(cost=300))
    result = await limited.execute(few, context_value=None)
    assert result.errors is not None
    assert (result.errors[0].extensions or {})["params"]["found"] == 1 + 100 * (1 + 1 * (1 + (1 + 2)))


async def test_a_rule_about_what_is_not_shown_is_not_told(archive: Archive) -> None:
    class Secret(Resource):
        """What nobody is to know."""

        id: Attr[UUID] = primary_key()
        token: Attr[str] = attribute(default="", private=True)
        name: Attr[str] = attribute()

        browse = Read()
        make = Create(accept=[name])

        policies = [allow(browse), allow(make).when(token == actor("token"))]

    domain = compile_domain(Domain("secrets", [Secret]))
    session = Engine(domain, MemoryLayer(domain)).session(Context(Actor("user", "ann", {"token": "x"})))
    found = permissions_without_record(session, domain.resources["Secret"])
    assert found["make"].told() == {"allowed": None, "reason": "allowed by a rule about what is not shown"}


async def test_the_system_is_asked_nothing(archive: Archive) -> None:
    (document,) = await archive.team("ours", 1)
    system = archive.engine.system("the test looks")
    found = await permissions_of(system, ARCHIVE.resources["Document"], document.id)
    assert {permission.allowed for permission in found.values()} == {True}
