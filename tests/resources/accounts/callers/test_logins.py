"""Logging in with a browser, and what another site's page, a thief and a guesser make of it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from framework.events import reading
from framework.settings import Settings
from framework.testing.until import until
from resources.accounts.user import User
from tests.api.socket import connected
from tests.installation.fixtures import Copy
from tests.resources.accounts.callers.guarded import Guarded, bearer, guarded
from tests.streamed import Asking, streamed

PASSWORD = "correct horse battery"
PAGE = {"origin": "http://localhost", "sec-fetch-site": "same-origin"}


@pytest.fixture
async def served(copy: Copy) -> AsyncIterator[Guarded]:
    async with guarded(await copy(), redis_prefix=f"{uuid4().hex}:") as serving:
        yield serving


def cheap(password: str) -> str:
    """As it is kept, worked out in no time: how dear it is stands in it."""
    salt = bytes(16)
    made = hashlib.scrypt(password.encode(), salt=salt, n=2, r=1, p=1, dklen=32)
    return f"scrypt$2$1$1${base64.b64encode(salt).decode()}${base64.b64encode(made).decode()}"


async def somebody(served: Guarded, password: str = PASSWORD, **values: Any) -> User:
    user = await served.user(**values)
    kept = cheap(password)
    return await served.session.update(User.set_password, user.id, {"password_hash": kept})


async def login(served: Guarded, email: str, password: str = PASSWORD, **headers: str) -> httpx.Response:
    served.http.cookies.clear()
    body = {"email": email, "password": password}
    return await served.http.post("/login", json=body, headers={**PAGE, **headers})


async def test_a_session_is_a_cookie_that_no_script_reads(served: Guarded) -> None:
    user = await somebody(served, is_owner=True)
    begun = await login(served, user.email.upper())
    cookie = begun.headers["set-cookie"]
    assert begun.status_code == 200
    assert cookie.startswith("dspex_session=")
    assert all(word in cookie for word in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=43200"))
    assert "Domain" not in cookie
    assert (await served.asked()).status_code == 200
    made = await served.http.post("/api/projects", json={"slug": uuid4().hex, "name": "P"}, headers=PAGE)
    assert made.status_code == 201
    token = served.http.cookies["dspex_session"]
    async with await psycopg.AsyncConnection.connect(str(served.other.engine.services[Settings].database_url)) as db:
        rows = await (await db.execute("SELECT t::text FROM browser_sessions t")).fetchall()
    assert len(rows) == 1
    assert token not in str(rows)
    assert begun.json()["csrf_token"] not in str(rows)


async def test_over_tls_the_cookie_is_of_this_host_alone(copy: Copy) -> None:
    async with guarded(await copy(), proxies="127.0.0.1", redis_prefix=uuid4().hex) as served:
        user = await somebody(served)
        begun = await login(served, user.email, origin="https://localhost", **{"x-forwarded-proto": "https"})
        assert begun.headers["set-cookie"].startswith("__Host-dspex_session=")
        assert "Secure" in begun.headers["set-cookie"]
        token = begun.headers["set-cookie"].partition("=")[2].partition(";")[0]
        over = [("x-forwarded-proto", "https")]
        assert (await served.asked(("cookie", f"__Host-dspex_session={token}"), *over)).status_code == 200
        # One that was set without TLS, by whoever is in between, is none.
        assert (await served.asked(("cookie", f"dspex_session={token}"), *over)).status_code == 401


async def test_whatever_is_wrong_with_a_login_is_told_in_the_same_words(served: Guarded) -> None:
    user, gone, without = await somebody(served), await somebody(served), await served.user()
    await served.session.update(User.disable, gone.id)
    tries = (
        (user.email, "wrong horse battery"),
        (user.email, ""),
        (user.email, PASSWORD + " "),
        ("nobody@example.com", PASSWORD),
        (gone.email, PASSWORD),
        (without.email, PASSWORD),
        (without.email, ""),
    )
    told = [await login(served, email, password) for email, password in tries]
    assert {(each.status_code, each.text) for each in told} == {(401, told[0].text)}
    assert all("set-cookie" not in each.headers for each in told)


async def test_another_sites_page_neither_logs_in_nor_acts(served: Guarded) -> None:
    user = await somebody(served, is_owner=True)
    evil = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert (await login(served, user.email, **evil)).status_code == 403
    csrf = (await login(served, user.email)).json()["csrf_token"]
    body = {"slug": uuid4().hex, "name": "P"}

    async def write(**headers: str) -> int:
        return (await served.http.post("/api/projects", json=body, headers=headers)).status_code

    assert await write(**evil) == 403
    # Nothing says where it comes from, as from an old browser or through a tool that strips it.
    assert await write() == 401
    assert await write(**{"x-csrf-token": "guessed"}) == 401
    assert await write(**{"sec-fetch-site": "none"}) == 401
    assert await write(**{"x-csrf-token": csrf}) == 201


async def test_a_websocket_by_cookie_comes_from_a_page_of_ours(served: Guarded) -> None:
    user = await somebody(served)
    await login(served, user.email)
    token = served.http.cookies["dspex_session"]
    async with connected(served.app) as socket:
        await socket.send({"type": "connection_init", "payload": {"cookie": f"dspex_session={token}"}})
        assert (await socket.next())["code"] == 4403


async def test_logging_out_ends_it_everywhere_at_once(served: Guarded) -> None:
    user = await somebody(served)
    await login(served, user.email)
    token = served.http.cookies["dspex_session"]
    ended = await served.http.post("/logout", headers=PAGE)
    assert (ended.status_code, "Max-Age=0" in ended.headers["set-cookie"]) == (204, True)
    served.http.cookies.clear()
    assert (await served.asked(("cookie", f"dspex_session={token}"))).status_code == 401
    callers = served.other.callers
    assert (await callers.actor_again("user", str(user.id))) is not None


async def test_a_stream_that_was_opened_by_a_cookie_ends_with_its_session(
    served: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LOOK_SECONDS", 0.05)
    user = await somebody(served)
    await login(served, user.email)
    cookie = {"host": "localhost", "cookie": f"dspex_session={served.http.cookies['dspex_session']}"}
    async with streamed(served.app, Asking("/api/projects/changes", headers=cookie)) as stream:
        assert (await stream.chunk()).startswith("retry: ")
        assert (await served.http.post("/logout", headers=PAGE)).status_code == 204
        ended = await stream.chunk()
    assert ended.startswith("event: problem")
    assert "unauthenticated" in ended


@pytest.mark.parametrize("by", ["a new password", "disabling, though enabled again"])
async def test_a_users_sessions_are_ended_and_those_of_others_are_not(by: str, served: Guarded) -> None:
    user, other = await somebody(served), await somebody(served)
    await login(served, other.email)
    others = served.http.cookies["dspex_session"]
    await login(served, user.email)
    token = served.http.cookies["dspex_session"]
    served.http.cookies.clear()
    if by != "a new password":
        await served.session.update(User.disable, user.id)
        await served.session.update(User.enable, user.id)
    else:
        await served.session.update(User.set_password, user.id, {"password_hash": cheap("another")})
    assert (await served.asked(("cookie", f"dspex_session={token}"))).status_code == 401
    assert (await served.asked(("cookie", f"dspex_session={others}"))).status_code == 200


async def test_a_session_ends_by_itself_and_with_its_user(served: Guarded) -> None:
    user = await somebody(served)
    for end in ("time", "user"):
        await login(served, user.email)
        token = ("cookie", f"dspex_session={served.http.cookies['dspex_session']}")
        served.http.cookies.clear()
        assert (await served.asked(token)).status_code == 200
        if end == "time":
            await _expire(served)
        else:
            await served.session.update(User.disable, user.id)
        await served.other.callers.changed()
        await until(lambda token=token: _refused(served, token))  # type: ignore[misc]


async def _refused(served: Guarded, token: tuple[str, str]) -> bool:
    return (await served.asked(token)).status_code == 401


async def _expire(served: Guarded) -> None:
    url = str(served.other.engine.services[Settings].database_url)
    async with await psycopg.AsyncConnection.connect(url) as db:
        await db.execute("UPDATE browser_sessions SET expires_at = now() - %s", [timedelta(seconds=1)])


@pytest.mark.parametrize("away", [False, True])
async def test_nobody_guesses_for_long_even_without_redis(away: Any, copy: Copy) -> None:
    more: dict[str, Any] = {"redis_url": "redis://127.0.0.1:1/0"} if away else {}
    async with guarded(await copy(), redis_prefix=f"{uuid4().hex}:", **more) as served:
        user = await somebody(served)
        told = [(await login(served, user.email, f"guess number {number}")).status_code for number in range(12)]
        assert told[:10] == [401] * 10
        assert told[-1] == 429
        assert (await login(served, user.email)).status_code == 429


async def test_a_session_and_a_key_at_once_are_one_too_many(served: Guarded) -> None:
    user = await somebody(served)
    key = await served.key(user.id)
    await login(served, user.email)
    assert (await served.asked(bearer(key.key))).status_code == 401
