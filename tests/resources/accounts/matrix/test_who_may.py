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
from pathlib import Path

import httpx
import pytest

from resources.accounts.membership import Membership
from resources.accounts.roles import Role
from tests.installation.answer import Client
from tests.installation.fixtures import Copy
from tests.installation.graphql_client import GraphqlClient
from tests.installation.installation import DOMAIN
from tests.installation.rest_client import RestClient
from tests.resources.accounts.callers.guarded import Guarded, bearer, guarded
from tests.resources.accounts.matrix.calls import CALLS, READ, YES, Call
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
    roles_that_may,
)

# What the lines of the table in the docs are about.
IN_THE_DOCS = {
    "read what belongs to it": tuple(f"{name}.browse" for name in READ if name not in ("ApiKey", "Job")),
    "make and change signatures, programs, metrics, datasets": (
        "Signature.create", "Program.create", "Program.update", "Metric.create", "Dataset.create", "Dataset.update",
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
ROOT = Path(__file__).parents[4]
NO_LIMITS = {"rate_per_actor": 0, "rate_per_address": 0, "rate_failures": 0}
AT_ONCE = 4


class Everybody:
    """A client of each transport for each of them, and the two places."""

    def __init__(self, served: Guarded, places: Mapping[str, Place], clients: Mapping[tuple[str, str], Client]) -> None:
        self.served, self.places, self.clients = served, places, clients

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


@pytest.fixture
async def everybody(copy: Copy) -> AsyncIterator[Everybody]:
    async with AsyncExitStack() as open_:
        served = await open_.enter_async_context(guarded(await copy(), **NO_LIMITS))
        system = served.session
        places = {name: await a_place(system) for name in (OWN, OTHER)}
        transport, clients = httpx.ASGITransport(served.app), dict[tuple[str, str], Client]()
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
            await open_.enter_async_context(http)
            types = types or (await GraphqlClient.introspected(DOMAIN, http)).types
            clients["graphql", who] = GraphqlClient(DOMAIN, http, types)
            clients["rest", who] = RestClient(DOMAIN, http)
        yield Everybody(served, places, clients)


async def test_everybody_may_what_was_agreed_over_both_transports(everybody: Everybody) -> None:
    found = {transport: await everybody.table(transport) for transport in ("rest", "graphql")}
    assert found["graphql"] == found["rest"]
    written = as_text(found["rest"])
    assert written == agreed(), f"if this is meant, {AGREED.name} becomes:\n{written}"


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
