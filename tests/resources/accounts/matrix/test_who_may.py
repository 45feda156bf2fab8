"""Every public action of the platform by each role, in one's own project and another one, over GraphQL and REST.

What is proved is that each call is allowed or refused as `who_may.txt` says, which is what was agreed: `yes`,
`forbidden` (403), `hidden` (404, or a key that leads nowhere), `nobody` (401). The actions are called, not asked about.
Where a record is there already they are called with input that is wrong, or on one whose state allows none of it:
whoever may is told that, whoever may not is told nothing of it. So what is proved besides is that who may is asked
before what is wrong. Where a record is to be made it is made, or refused by what it would be.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from itertools import product
from pathlib import Path

import httpx
import pytest

from framework.naming import camel, record_field
from framework.rest.endpoints import base_path
from resources.accounts.membership import Membership
from resources.accounts.roles import Role
from tests.installation.answer import Client
from tests.installation.fixtures import Copy
from tests.installation.graphql_client import GraphqlClient
from tests.installation.installation import DOMAIN
from tests.installation.rest_client import RestClient
from tests.resources.accounts.callers.guarded import bearer, guarded
from tests.resources.accounts.matrix.calls import CALLS, READ, REFUSED, YES, Call
from tests.resources.accounts.matrix.places import Place, a_place
from tests.resources.accounts.matrix.table import (
    AGREED,
    ANY,
    OTHER,
    OWN,
    WHO,
    Line,
    Table,
    agreed,
    as_text,
    outcomes,
    roles_that_may,
)

# What the lines of the table in the docs are about.
IN_THE_DOCS = {
    "read what belongs to it": (
        *(f"{name}.browse" for name in READ if name not in ("ApiKey", "Job")),
        "ProgramVersion.export",
    ),
    "make and change signatures, programs, metrics, datasets": (
        "Signature.create", "Program.create", "Program.update", "Program.import", "Program.swap_parts",
        "Metric.create", "Dataset.create", "Dataset.update",
    ),
    "start evaluations and optimizations": ("Evaluation.start", "Optimization.start"),
    "cancel, pause and resume them; execute programs": (
        "Program.execute",
        *(f"{name}.{verb}" for name in ("Evaluation", "Optimization") for verb in ("cancel", "pause", "resume")),
    ),
    "promote a version, and take that back": ("Program.promote",),
    "import examples, and correct them": ("Dataset.import_examples",),
    "make and change models, remove datasets": ("LanguageModel.create", "LanguageModel.update", "Dataset.remove"),
    "rename the project": ("Project.update",),
}  # fmt: skip
# What something may be done with, of which each place has a record.
ON_RECORDS = tuple(dict.fromkeys(call.action.partition(".")[0] for call in CALLS if call.on_record and not call.reads))
ROOT = Path(__file__).parents[4]
NO_LIMITS = {"rate_per_actor": 0, "rate_per_address": 0, "rate_failures": 0}
AT_ONCE = 4


class Everybody:
    """A client of each transport for each of them, and the two places."""

    def __init__(self, places: Mapping[str, Place]) -> None:
        self.places = places
        self.clients: dict[tuple[str, str], Client] = {}
        self.https: dict[str, httpx.AsyncClient] = {}

    async def table(self, transport: str) -> Table:
        """What each is told of each call."""
        turns = asyncio.Semaphore(AT_ONCE)

        async def outcome(call: Call, place: str, who: str) -> str:
            async with turns:
                return await call.outcome(self.clients[transport, who], self.places[place])

        found: dict[Line, list[str]] = {}
        for call in CALLS:
            for place in (OWN, OTHER) if call.elsewhere else (OWN,):
                line = (call.action, place if call.elsewhere else ANY)
                found[line] = list(await asyncio.gather(*(outcome(call, place, who) for who in WHO)))
        return found

    async def beforehand(self, resource: str, place: str, who: str) -> Mapping[str, Mapping[str, str]]:
        """What each door says of the actions about a record, in the words of the table."""
        spec, key, http = DOMAIN.resources[resource], self.places[place][resource], self.https[who]
        names, field = [action.name for action in spec.record_actions], record_field(resource)
        rest = (await http.get(f"/api{base_path(spec)}/{key}/can")).json()
        asked = " ".join(f"{name}: {camel(name)} {{ allowed }}" for name in names)
        query = f'{{ {field}(id: "{key}") {{ viewerCan {{ {asked} }} }} }}'
        graphql = (await http.post("/graphql", json={"query": query})).json()
        if "code" in rest:
            codes = {"rest": rest["code"], "graphql": graphql["errors"][0]["extensions"]["code"]}
            return {door: dict.fromkeys(names, REFUSED[code]) for door, code in codes.items()}
        return {"rest": _words(rest), "graphql": _words(graphql["data"][field]["viewerCan"])}


def _words(told: Mapping[str, Mapping[str, object]]) -> Mapping[str, str]:
    return {name: YES if each["allowed"] else "forbidden" for name, each in told.items()}


@pytest.fixture(scope="module")
async def everybody(copy: Copy) -> AsyncIterator[Everybody]:
    async with AsyncExitStack() as open_:
        served = await open_.enter_async_context(guarded(await copy(), **NO_LIMITS))
        system = served.session
        places = {name: await a_place(system) for name in (OWN, OTHER)}
        transport, everybody = httpx.ASGITransport(served.app), Everybody(places)
        types: Mapping[str, object] = {}
        for who in WHO:
            headers = []
            if who != "no key":
                user = await served.user(is_owner=who == "installation")
                if who in tuple(Role):
                    given = {"user_id": user.id, "project_id": places[OWN]["Project"], "role": who}
                    await system.create(Membership.add, given)
                headers = [bearer((await served.key(user.id)).key)]
            http = httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers)
            everybody.https[who] = await open_.enter_async_context(http)
            types = types or (await GraphqlClient.introspected(DOMAIN, http)).types
            everybody.clients["graphql", who] = GraphqlClient(DOMAIN, http, types)
            everybody.clients["rest", who] = RestClient(DOMAIN, http)
        yield everybody


async def test_everybody_may_what_was_agreed_over_both_transports(everybody: Everybody) -> None:
    found = {transport: await everybody.table(transport) for transport in ("rest", "graphql")}
    assert found["graphql"] == found["rest"]
    written = as_text(found["rest"])
    assert written == agreed(), f"if this is meant, {AGREED.name} becomes:\n{written}"


async def test_what_is_told_beforehand_is_what_happens(everybody: Everybody) -> None:
    """`…/can` and `viewerCan` say of each record what whoever asks may do with it; of one they do not see, nothing."""
    agreed_on = outcomes()
    for resource, place, who in product(ON_RECORDS, (OWN, OTHER), WHO):
        seen = agreed_on[f"{resource}.browse", place][who]
        names = [action.name for action in DOMAIN.resources[resource].record_actions]
        happens = {name: agreed_on[f"{resource}.{name}", place][who] for name in names}
        # GraphQL reads the record first, which may be forbidden.
        unseen = {"rest": "hidden" if seen == "forbidden" else seen, "graphql": seen}
        for door, found in (await everybody.beforehand(resource, place, who)).items():
            expected = happens if seen == YES else dict.fromkeys(names, unseen[door])
            assert (door, resource, place, who, found) == (door, resource, place, who, expected)


def test_every_public_action_is_called() -> None:
    public = {f"{spec.name}.{name}" for spec in DOMAIN.resources.values() for name in spec.public_actions}
    assert {call.action for call in CALLS} == public


def test_the_table_in_the_docs_says_what_was_agreed() -> None:
    lines = (ROOT / "docs" / "access.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    (start,) = (place for place, row in enumerate(rows) if row[0] == "may, in a project")
    assert rows[start][1:] == list(Role)
    cells = {says: zip(Role, row, strict=True) for says, *row in rows[start + 1 :]}
    said = {says: {role for role, cell in row if cell == YES} for says, row in cells.items()}
    may = roles_that_may()
    assert said == {says: may[actions[0]] for says, actions in IN_THE_DOCS.items()}
    assert all(len({may[action] for action in actions}) == 1 for actions in IN_THE_DOCS.values())
