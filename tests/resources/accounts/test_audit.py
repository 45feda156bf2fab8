"""Who did what, from where and with which key is told of the platform's records; refused attempts are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from framework.context import Actor, Context
from framework.telemetry import log
from resources.accounts.project import Project
from tests.installation.fixtures import Copy
from tests.resources.accounts.callers.guarded import Guarded, bearer, guarded

HISTORY = "query ($id: ID!) { projectHistory(id: $id, first: 2) { entries { action actor data before } next } }"


@pytest.fixture(scope="module")
async def served(copy: Copy) -> AsyncIterator[Guarded]:
    async with guarded(await copy()) as serving:
        yield serving


async def test_the_history_of_a_record_is_the_same_at_both_doors(served: Guarded) -> None:
    owner = await served.user(is_owner=True)
    key = await served.key(owner.id)
    headers = [bearer(key.key)]
    made = (await served.http.post("/api/projects", json={"slug": key.prefix, "name": "One"}, headers=headers)).json()
    for name in ("Two", "Three"):
        await served.http.patch(f"/api/projects/{made['id']}", json={"name": name}, headers=headers)
    rest = (await served.http.get(f"/api/projects/{made['id']}/history?limit=2", headers=headers)).json()
    asked = {"query": HISTORY, "variables": {"id": made["id"]}}
    graphql = (await served.http.post("/graphql", json=asked, headers=headers)).json()["data"]["projectHistory"]
    shown = [{name: each[name] for name in ("action", "actor", "data", "before")} for each in rest["data"]]
    assert shown == graphql["entries"]
    assert rest["page"]["next"] == graphql["next"]
    assert [(each["data"]["name"], each["before"]["name"]) for each in shown] == [("Three", "Two"), ("Two", "One")]
    assert {each["actor"] for each in shown} == {f"key:{key.id}"}


async def test_an_event_names_the_key_and_the_address_and_holds_no_secret(served: Guarded) -> None:
    owner = await served.user(is_owner=True)
    key = await served.key(owner.id)
    headers = [bearer(key.key)]
    await served.http.post("/api/projects", json={"slug": key.prefix, "name": "One"}, headers=headers)
    (event,) = (await served.http.get("/api/events?sort=-at&limit=1", headers=headers)).json()["data"]
    assert event["credential"] == f"key dspex_{key.prefix}"
    assert event["address"] == "127.0.0.1"
    assert key.key not in str(event)


async def test_a_refused_attempt_is_told_to_owners_alone(served: Guarded) -> None:
    owner, stranger = await served.user(is_owner=True), await served.user()
    own, strange = await served.key(owner.id), await served.key(stranger.id)
    given = {"slug": own.prefix, "name": "One"}
    made = (await served.http.post("/api/projects", json=given, headers=[bearer(own.key)])).json()
    refused = await served.http.patch(f"/api/projects/{made['id']}", json={"name": "X"}, headers=[bearer(strange.key)])
    assert refused.status_code == 404
    kept = await served.http.get("/api/refusals?sort=-at&limit=1", headers=[bearer(own.key)])
    (row,) = kept.json()["data"]
    assert (row["action"], row["target_id"], row["actor"]) == ("project.update", made["id"], f"key:{strange.id}")
    assert row["credential"] == f"key dspex_{strange.prefix}"
    assert (await served.http.get("/api/refusals", headers=[bearer(strange.key)])).json()["status"] == 403
    hidden = await served.http.get(f"/api/projects/{made['id']}/history", headers=[bearer(strange.key)])
    assert hidden.status_code == 404


async def test_a_wrong_credential_is_in_the_log_without_it(served: Guarded) -> None:
    wrong, lines = f"dspex_{'a' * 12}_{'B' * 43}", list[tuple[str, str, object]]()
    before = log.written_by(lambda level, event, fields: lines.append((level, event, dict(fields))))
    try:
        assert (await served.asked(bearer(wrong))).status_code == 401
    finally:
        log.written_by(before)
    assert [event for _, event, _ in lines] == ["caller.refused"]
    assert "B" * 43 not in str(lines)


async def test_what_a_job_does_bears_what_it_was_started_with(served: Guarded) -> None:
    owner = await served.user(is_owner=True)
    key = await served.key(owner.id)
    started = Context(Actor("key", str(key.id)), address="192.0.2.7", credential=f"key dspex_{key.prefix}")
    resumed = Context.from_json(started.to_json())
    session = served.other.engine.session(resumed).as_system("a test does what a job does")
    made = await session.create(Project.create, {"slug": key.prefix, "name": "One"})
    headers = [bearer(key.key)]
    (event,) = (await served.http.get("/api/events?sort=-at&limit=1", headers=headers)).json()["data"]
    assert (event["target_id"], event["address"], event["credential"]) == (
        str(made.id),
        "192.0.2.7",
        f"key dspex_{key.prefix}",
    )
