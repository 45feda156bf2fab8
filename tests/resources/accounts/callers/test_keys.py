"""Keys under attack: what is let in, what is not, and what is told of either."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from statistics import median
from typing import Any

import psycopg
import pytest
from psycopg import sql

from framework.actions.permission import todays_actors
from framework.actions.request import Request
from framework.callers.authenticates import Authenticates
from framework.callers.caller import Caller
from framework.context import now
from framework.errors import Invalid, NotFound
from framework.setting_forms import Authentication
from framework.settings import Settings
from framework.testing.until import until
from resources.accounts.api_key import ApiKey
from resources.accounts.callers.callers import REMEMBER_SECONDS, PlatformCallers
from resources.accounts.project import DEFAULT_PROJECT
from resources.accounts.user import User
from tests.api.socket import connected
from tests.installation.fixtures import Copy
from tests.resources.accounts.callers.guarded import Guarded, bearer, guarded, wrong_credentials

CREATE = "mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }"
LIST = {"query": "{ projects { nodes { slug } } }"}


@pytest.fixture(scope="module")
async def served(copy: Copy) -> AsyncIterator[Guarded]:
    async with guarded(await copy()) as serving:
        yield serving


async def test_a_key_is_shown_in_either_header_and_acts_as_its_user(served: Guarded) -> None:
    user = await served.user(is_owner=True)
    key = await served.key(user.id)
    for header in (bearer(key.key), ("authorization", f"bearer {key.key}"), ("x-api-key", key.key)):
        assert (await served.asked(header)).status_code == 200
    answer = (await served.http.post("/graphql", json=LIST, headers=[bearer(key.key)])).json()
    assert answer["data"]["projects"]["nodes"]
    made = await served.http.post("/api/projects", json={"slug": key.prefix, "name": "P"}, headers=[bearer(key.key)])
    events = (await served.asked(bearer(key.key), path="/api/events?sort=-at&limit=1")).json()["data"]
    assert made.status_code == 201
    assert events[0]["actor"] == f"key:{key.id}"


async def test_whatever_is_wrong_is_told_in_the_same_words(served: Guarded) -> None:
    user = await served.user()
    good, other = (await served.key(user.id)).key, (await served.key(user.id)).key
    revoked = await served.key(user.id)
    await served.session.update(ApiKey.revoke, revoked.id)
    soon = await served.key(user.id, expires_at=now() + timedelta(seconds=0.2))
    gone = await served.user()
    disabled = await served.key(gone.id)
    await served.session.update(User.disable, gone.id)
    await asyncio.sleep(0.25)
    lapsed = [[bearer(each.key)] for each in (revoked, soon, disabled)]
    told = set()
    for headers in (*wrong_credentials(good, other), *lapsed):
        sent = [(name.encode(), value.encode("latin-1")) for name, value in headers]
        refused = await served.http.get("/api/projects", headers=sent)
        told.add((refused.status_code, refused.text, refused.headers["www-authenticate"]))
        answer = await served.http.post("/graphql", json=LIST, headers=sent)
        told.add((answer.status_code, answer.text, answer.headers["www-authenticate"]))
    assert len(told) == 2
    assert {status for status, _, _ in told} == {401}
    assert all("unauthenticated" in text for _, text, _ in told)


async def test_a_websocket_is_opened_by_a_key_in_its_first_message_or_its_handshake(served: Guarded) -> None:
    key = (await served.key((await served.user()).id)).key
    for said in ({"Authorization": f"Bearer {key}"}, {"x-api-key": key}):
        async with connected(served.app) as socket:
            await socket.send({"type": "connection_init", "payload": said})
            assert (await socket.said())["type"] == "connection_ack"
    wrong: tuple[Any, ...] = (None, {}, {"Authorization": key}, {"x-api-key": key, "Authorization": f"Bearer {key}"})
    for said in wrong:
        async with connected(served.app) as socket:
            await socket.send({"type": "connection_init", "payload": said})
            assert (await socket.next())["code"] == 4403


async def test_whoever_may_not_any_more_does_nothing_over_a_socket_that_is_open(
    served: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(todays_actors, "SECONDS", 0.0)
    for end in (
        lambda user, key: served.session.update(ApiKey.revoke, key.id),
        lambda user, key: served.session.update(User.disable, user.id),
    ):
        user = await served.user(is_owner=True)
        key = await served.key(user.id)
        given = {"input": {"slug": key.prefix, "name": "P"}}
        body = {"query": CREATE, "variables": given}
        async with connected(served.app) as socket:
            await socket.send({"type": "connection_init", "payload": {"x-api-key": key.key}})
            assert (await socket.said())["type"] == "connection_ack"
            await socket.send({"type": "subscribe", "id": "1", "payload": LIST})
            assert [(await socket.said())["type"] for _ in range(2)] == ["next", "complete"]
            await end(user, key)
            await socket.send({"type": "subscribe", "id": "2", "payload": body})
            refused = await socket.said()
        assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == ("error", "unauthenticated")


async def test_the_secret_is_told_once_and_kept_nowhere(
    served: Guarded, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    owner = await served.key((await served.user(is_owner=True)).id)
    body = {"name": "made over REST"}
    issued = (await served.http.post("/api/api-keys/issue", json=body, headers=[bearer(owner.key)])).json()
    assert (await served.asked(bearer(issued["key"]))).status_code == 200
    secret = issued["key"].split("_")[2]
    listed = (await served.asked(bearer(owner.key), path="/api/api-keys")).text
    assert issued["prefix"] in listed
    assert "digest" not in listed
    for path in ("/api/api-keys?filter[digest][eq]=x", "/api/api-keys?sort=digest", "/api/api-keys?fields=digest"):
        assert (await served.asked(bearer(owner.key), path=path)).status_code in (400, 422)
    stored = await everything_stored(str(served.other.engine.services[Settings].database_url))
    assert issued["prefix"] in stored
    assert secret not in stored + caplog.text + "".join(capfd.readouterr())


async def everything_stored(url: str) -> str:
    """All rows of all tables, as text."""
    async with await psycopg.AsyncConnection.connect(url) as db:
        tables = await (await db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).fetchall()
        found = [
            await (await db.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(name)))).fetchall()
            for (name,) in tables
        ]
    return "\n".join(text for rows in found for (text,) in rows)


async def test_a_key_is_revoked_at_once_in_every_process(served: Guarded) -> None:
    key = await served.key((await served.user()).id)
    assert (await served.asked(bearer(key.key))).status_code == 200
    await asyncio.sleep(0.1)
    began = time.monotonic()
    await served.session.update(ApiKey.revoke, key.id)

    async def refused() -> bool:
        return (await served.asked(bearer(key.key))).status_code == 401

    await until(refused)
    assert time.monotonic() - began < REMEMBER_SECONDS / 2
    with pytest.raises(NotFound):
        await served.session.update(ApiKey.revoke, "01900000-0000-7000-8000-00000000dead")


async def test_without_redis_a_revoked_key_counts_for_seconds_at_most(copy: Copy) -> None:
    async with guarded(await copy(), redis_url="redis://127.0.0.1:1/0") as served:
        key = await served.key((await served.user()).id)
        assert (await served.asked(bearer(key.key))).status_code == 200
        await served.session.update(ApiKey.revoke, key.id)
        began = time.monotonic()

        async def refused() -> bool:
            return (await served.asked(bearer(key.key))).status_code == 401

        await until(refused)
        assert time.monotonic() - began < REMEMBER_SECONDS + 1


async def test_a_user_who_is_disabled_has_no_key_left(served: Guarded) -> None:
    user = await served.user()
    keys = [await served.key(user.id) for _ in range(2)]
    await served.session.update(User.disable, user.id)
    await until(lambda: _all_refused(served, [key.key for key in keys]))
    await served.session.update(User.enable, user.id)
    await until(lambda: _all_served(served, [key.key for key in keys]))


async def _all_refused(served: Guarded, keys: list[str]) -> bool:
    return {(await served.asked(bearer(key))).status_code for key in keys} == {401}


async def _all_served(served: Guarded, keys: list[str]) -> bool:
    return {(await served.asked(bearer(key))).status_code for key in keys} == {200}


async def test_the_last_owner_stays(served: Guarded) -> None:
    owner, other = await served.user(is_owner=True), await served.user(is_owner=True)
    users = [user.id for user in await served.session.read(User.browse) if user.is_owner and user.active]
    update = served.session.spec(User.disable)
    with pytest.raises(Exception, match="last owner"):
        await served.session.perform(update, [Request({}, user) for user in users])
    for user in users:
        if user != owner.id:
            await served.session.update(User.disable, user)
    assert other.id in users
    with pytest.raises(Exception, match="last owner"):
        await served.session.update(User.disable, owner.id)


async def test_no_key_makes_one_that_reaches_further(served: Guarded) -> None:
    user, stranger = await served.user(), await served.user()
    later = now() + timedelta(hours=1)
    narrow = await served.key(user.id, "read", "ApiKey.issue", "Dataset.*", expires_at=later)
    soon = (later - timedelta(minutes=1)).isoformat()

    async def issue(**given: Any) -> Any:
        body = {"name": "more", "scopes": ["read"], "expires_at": soon, **given}
        return (await served.http.post("/api/api-keys/issue", json=body, headers=[bearer(narrow.key)])).json()

    assert "key" in await issue()
    assert "key" in await issue(scopes=["Dataset.create", "Program.browse"])
    for wider in (["*"], ["Program.*"], ["read", "Program.execute"], ["User.disable"]):
        assert (await issue(scopes=wider))["code"] == "forbidden"
    assert (await issue(expires_at=None))["code"] == "forbidden"
    assert (await issue(expires_at=(later + timedelta(days=1)).isoformat()))["code"] == "forbidden"
    assert (await issue(user_id=str(stranger.id)))["code"] == "forbidden"
    assert (await issue(scopes=["Dateset.*"]))["code"] == "unknown_scope"


async def test_a_key_for_one_project_makes_none_for_another(served: Guarded) -> None:
    owner = await served.user(is_owner=True)
    given = {"name": "p", "user_id": owner.id, "project_id": DEFAULT_PROJECT}
    (key,) = await served.session.perform(served.session.spec(ApiKey.issue), [Request(given)])
    body = {"name": "more"}
    refused = await served.http.post("/api/api-keys/issue", json=body, headers=[bearer(key.key)])
    assert refused.json()["code"] == "forbidden"
    callers: PlatformCallers = served.other.engine.services[Authenticates]
    context = await callers.context_of(Caller(headers=(("x-api-key", key.key),)))
    assert context.actor is not None
    assert (context.actor.facts["is_owner"], context.actor.facts["project_id"]) == (False, DEFAULT_PROJECT)


async def test_a_job_of_a_revoked_key_is_forbidden(served: Guarded) -> None:
    callers: PlatformCallers = served.other.engine.services[Authenticates]
    key = await served.key((await served.user()).id)
    assert (await callers.actor_again("key", str(key.id))) is not None
    await served.session.update(ApiKey.revoke, key.id)
    assert await callers.actor_again("key", str(key.id)) is None
    for kind in ("user", "key", "robot"):
        assert await callers.actor_again(kind, "01900000-0000-7000-8000-00000000dead") is None


async def test_the_use_of_a_key_is_noted_to_the_minute(served: Guarded) -> None:
    callers = PlatformCallers(served.other.engine)
    key = await served.key((await served.user()).id)
    caller = Caller(headers=(("x-api-key", key.key),))
    await callers.context_of(caller)
    await callers.close()
    first = (await served.session.get(ApiKey, key.id)).last_used_at
    assert first is not None
    again = PlatformCallers(served.other.engine)
    await again.context_of(caller)
    await again.close()
    assert (await served.session.get(ApiKey, key.id)).last_used_at == first


async def test_a_key_that_is_known_is_checked_in_a_tenth_of_a_millisecond(served: Guarded) -> None:
    callers = PlatformCallers(served.other.engine)
    key = await served.key((await served.user()).id)
    caller = Caller(headers=(("host", "localhost"), ("accept", "*/*"), ("authorization", f"Bearer {key.key}")))
    took = []
    for _ in range(2000):
        began = time.perf_counter()
        await callers.context_of(caller)
        took.append(time.perf_counter() - began)
    await callers.close()
    print(f"a key check takes {median(took) * 1e6:.1f} us")
    assert median(took) < 0.0001


async def test_whoever_sits_at_the_machine_is_the_owner_and_nobody_who_comes_through_a_proxy(copy: Copy) -> None:
    async with guarded(await copy(), authentication=Authentication.AUTO) as served:
        assert (await served.asked()).status_code == 200
        assert (await served.asked(bearer("dspex_no_key"))).status_code == 401
        for name in ("x-forwarded-for", "X-Forwarded-Proto", "forwarded", "via", "x-real-ip", "x-forwarded-host"):
            assert (await served.asked((name, "127.0.0.1"))).status_code == 401
            assert (await served.asked((name, ""))).status_code == 401


async def test_nobody_is_ready_to_serve_others_without_an_owner(copy: Copy) -> None:
    async with guarded(await copy()) as served:
        with pytest.raises(Invalid, match="once there is an owner"):
            await served.other.callers.ready()
        owner = await served.user(is_owner=True)
        await served.other.callers.ready()
        assert owner.active
