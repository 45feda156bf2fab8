"""Login by a provider: the whole way with one of others' making, and every wrong token with one of ours."""

from __future__ import annotations

import base64
import hmac
import time
import warnings
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import orjson
import pytest
from joserfc.jwk import OctKey, RSAKey

from framework.errors import Invalid
from resources.accounts.membership import Membership
from resources.accounts.oidc import provider as providers
from resources.accounts.oidc.group_roles import group_roles
from resources.accounts.roles import Role
from resources.accounts.user import User
from tests.installation.fixtures import Copy
from tests.resources.accounts.callers.guarded import Guarded, guarded
from tests.resources.accounts.oidc.scripted_provider import CLIENT, ScriptedProvider, scripted_provider

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import oidc_provider_mock

SETTINGS: dict[str, Any] = {"oidc_client_id": CLIENT, "rate_failures": 0}


@pytest.fixture
async def provider() -> AsyncIterator[ScriptedProvider]:
    async with scripted_provider() as answering:
        yield answering


@pytest.fixture
async def served(copy: Copy, provider: ScriptedProvider) -> AsyncIterator[Guarded]:
    async with guarded(await copy(), oidc_issuer=provider.issuer, redis_prefix=uuid4().hex, **SETTINGS) as serving:
        yield serving


async def begun(served: Guarded) -> dict[str, str]:
    """What the provider is asked."""
    served.http.cookies.clear()
    sent = await served.http.get("/login/oidc")
    assert sent.status_code == 302
    return {name: value[0] for name, value in parse_qs(urlsplit(sent.headers["location"]).query).items()}


async def back(served: Guarded, **answer: str) -> httpx.Response:
    return await served.http.get("/login/oidc/callback", params={"code": "a code", **answer})


async def known(served: Guarded, provider: ScriptedProvider, sub: str = "ada") -> User:
    """Somebody who has logged in by it before."""
    return await served.user(oidc_issuer=provider.issuer, oidc_subject=sub)


async def test_a_token_that_is_right_begins_a_session(served: Guarded, provider: ScriptedProvider) -> None:
    user, asked = await known(served, provider), await begun(served)
    assert (asked["code_challenge_method"], asked["response_type"], asked["client_id"]) == ("S256", "code", CLIENT)
    provider.token = provider.signed(provider.claims(asked["nonce"]))
    came = await back(served, state=asked["state"])
    assert (came.status_code, came.headers["location"]) == (303, "/")
    assert (await served.asked()).status_code == 200
    # One that is disabled meanwhile is let in no more.
    await served.session.update(User.disable, user.id)
    asked = await begun(served)
    provider.token = provider.signed(provider.claims(asked["nonce"]))
    assert (await back(served, state=asked["state"])).status_code == 401


# From the moment that the test is run: what is collected has to be the same in every process.
AN_HOUR_AGO, IN_AN_HOUR = timedelta(hours=-1), timedelta(hours=1)
WRONG_CLAIMS: tuple[dict[str, Any], ...] = (
    {"iss": "http://127.0.0.1:1"},
    {"iss": None},
    {"aud": "another"},
    {"aud": None},
    {"aud": []},
    {"aud": [CLIENT, "another"]},
    {"aud": [CLIENT, "another"], "azp": "another"},
    {"azp": "another"},
    {"nonce": "another"},
    {"nonce": None},
    {"exp": AN_HOUR_AGO},
    {"exp": None},
    {"exp": "never"},
    {"exp": True},
    {"iat": IN_AN_HOUR},
    {"iat": None},
    {"nbf": IN_AN_HOUR},
    {"sub": ""},
    {"sub": None},
    {"sub": 7},
    {"sub": "x" * 256},
)


@pytest.mark.parametrize("changed", WRONG_CLAIMS, ids=str)
async def test_a_token_with_a_wrong_claim_lets_nobody_in(
    changed: dict[str, Any], served: Guarded, provider: ScriptedProvider
) -> None:
    await known(served, provider)
    asked = await begun(served)
    claims = {name: _at(value) if isinstance(value, timedelta) else value for name, value in changed.items()}
    provider.token = provider.signed(provider.claims(asked["nonce"], **claims))
    assert (await back(served, state=asked["state"])).status_code == 401


def _at(away: timedelta) -> int:
    return int(time.time() + away.total_seconds())


def unsigned(claims: dict[str, Any], alg: str) -> str:
    parts = (orjson.dumps({"alg": alg, "typ": "JWT"}), orjson.dumps(claims))
    return ".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), ""])


def shared(claims: dict[str, Any], secret: bytes, kid: str) -> str:
    """Signed by hand: the library that we take makes no such key."""
    parts = (orjson.dumps({"alg": "HS256", "kid": kid}), orjson.dumps(claims))
    text = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    return f"{text.decode()}.{base64.urlsafe_b64encode(hmac.digest(secret, text, 'sha256')).rstrip(b'=').decode()}"


async def test_nothing_but_the_providers_own_key_signs(served: Guarded, provider: ScriptedProvider) -> None:
    await known(served, provider)
    asked = await begun(served)
    claims, key = provider.claims(asked["nonce"]), provider.keys[0]
    # The public key, which everybody has, as a shared secret.
    public = (key.as_pem(private=False), key.as_pem(private=False).strip(), orjson.dumps(key.as_dict(private=False)))
    stranger = RSAKey.generate_key(2048, {"kid": key.kid})
    right = provider.signed(claims)
    tokens = (
        unsigned(claims, "none"),
        unsigned(claims, "None"),
        unsigned(claims, "RS256"),
        *(shared(claims, secret, key.kid) for secret in (*public, b"", b"dspex-here")),
        provider.signed(claims, stranger),
        provider.signed(claims, kid="nobody's"),
        other_ending(right),
        right.replace(".", "", 1),
        "",
        "a.b.c",
        "x" * 70_000,
    )
    for token in tokens:
        provider.token = token
        assert (await back(served, state=asked["state"])).status_code == 401, token[:40]
    provider.token = right
    assert (await back(served, state=asked["state"])).status_code == 303


async def test_a_shared_key_among_the_providers_is_none(served: Guarded, provider: ScriptedProvider) -> None:
    await known(served, provider)
    asked = await begun(served)
    secret = b"a secret of thirty-two characters"
    provider.keys = [*provider.keys, OctKey.import_key(secret, {"kid": "shared"})]
    provider.token = shared(provider.claims(asked["nonce"]), secret, "shared")
    assert (await back(served, state=asked["state"])).status_code == 401


async def test_keys_that_were_rotated_are_asked_for_and_not_for_every_token(
    served: Guarded, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    await known(served, provider)
    asked, old = await begun(served), provider.keys[0]
    provider.token = provider.signed(provider.claims(asked["nonce"]))
    assert (await back(served, state=asked["state"])).status_code == 303
    asked = await begun(served)
    provider.new_key("second")
    provider.token = provider.signed(provider.claims(asked["nonce"]))
    # Asked for a moment ago, they are not asked for again by whoever names a key that nobody knows.
    assert [(await back(served, state=asked["state"])).status_code for _ in range(5)] == [401] * 5
    assert provider.keys_asked == 1
    monkeypatch.setattr(providers, "KEYS_SECONDS", 0.0)
    assert (await back(served, state=asked["state"])).status_code == 303
    asked = await begun(served)
    provider.token = provider.signed(provider.claims(asked["nonce"]), old)
    assert (await back(served, state=asked["state"])).status_code == 401


def other_ending(text: str) -> str:
    """The text with its last signs told apart from what they were, whichever those are."""
    return f"{text[:-4]}{'0000' if text[-4:] != '0000' else '1111'}"


async def test_an_answer_belongs_to_the_browser_and_the_login_that_asked(
    served: Guarded, provider: ScriptedProvider
) -> None:
    await known(served, provider)
    first, second = await begun(served), await begun(served)
    provider.token = provider.signed(provider.claims(second["nonce"]))
    cookies = dict(served.http.cookies)
    for answer in (
        {"state": first["state"]},
        {"state": ""},
        {},
        {"state": second["state"], "iss": "http://evil.example"},
    ):
        assert (await back(served, **answer)).status_code == 401
    assert (await back(served, state=second["state"], code="another")).status_code == 401
    twice = f"/login/oidc/callback?code=a+code&code=a+code&state={second['state']}"
    assert (await served.http.get(twice)).status_code == 401
    served.http.cookies.clear()
    assert (await back(served, state=second["state"])).status_code == 401
    (name,) = cookies
    for forged in ("", "a~b~c~1~d", other_ending(cookies[name]), cookies[name].replace("~", "~0", 1)):
        served.http.cookies.set(name, forged)
        assert (await back(served, state=second["state"])).status_code == 401


@pytest.mark.parametrize("email", [{"email_verified": False}, {"email_verified": "true"}, {}])
async def test_an_email_that_nobody_verified_is_nobodys(
    email: dict[str, Any], served: Guarded, provider: ScriptedProvider
) -> None:
    user, asked = await served.user(), await begun(served)
    provider.token = provider.signed(provider.claims(asked["nonce"], email=user.email, **email))
    assert (await back(served, state=asked["state"])).status_code == 401


async def test_a_verified_email_links_once_and_to_one(served: Guarded, provider: ScriptedProvider) -> None:
    user = await served.user()
    for sub, status in (("ada", 303), ("ada", 303), ("eve", 401)):
        asked = await begun(served)
        said = {"sub": sub, "email": user.email.upper(), "email_verified": True}
        provider.token = provider.signed(provider.claims(asked["nonce"], **said))
        assert (await back(served, state=asked["state"])).status_code == status


async def test_groups_are_roles_as_they_are_at_each_login(copy: Copy, provider: ScriptedProvider) -> None:
    roles = "staff=default:viewer,engineers=default:developer"
    more = {"oidc_issuer": provider.issuer, "oidc_roles": roles, "redis_prefix": uuid4().hex, **SETTINGS}
    async with guarded(await copy(), **more) as served:
        steps: tuple[tuple[Any, int, list[Role]], ...] = (
            (["others"], 401, []),
            ("staff", 401, []),
            (["staff"], 303, [Role.VIEWER]),
            (["staff", "engineers", 7], 303, [Role.DEVELOPER]),
            ([], 303, []),
        )
        for groups, status, expected in steps:
            asked = await begun(served)
            said = {"email": "new@example.com", "email_verified": True, "groups": groups}
            provider.token = provider.signed(provider.claims(asked["nonce"], **said))
            assert (await back(served, state=asked["state"])).status_code == status
            assert [member.role for member in await served.session.read(Membership.browse)] == expected


@pytest.mark.parametrize("wrong", ["staff", "staff=default", "staff=default:boss", "=default:viewer", "staff=:viewer"])
def test_roles_that_mean_nothing_are_refused(wrong: str) -> None:
    with pytest.raises(Invalid, match="is not written as"):
        group_roles(wrong)


@pytest.fixture
def mock() -> Iterator[str]:
    claims = {"email": "ada@example.com", "email_verified": True, "name": "Ada"}
    user = oidc_provider_mock.User(sub="ada", claims=claims)
    with oidc_provider_mock.run_server_in_thread(user_claims=[user]) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_the_whole_way_to_a_provider_of_others_making(copy: Copy, mock: str) -> None:
    more = {"oidc_issuer": mock, "oidc_client_secret": "ours", "redis_prefix": uuid4().hex, **SETTINGS}
    async with guarded(await copy(), **more) as served:
        user = await served.session.create(User.register, {"email": "Ada@example.com"})
        sent = await served.http.get("/login/oidc")
        async with httpx.AsyncClient() as browser:
            answer = await browser.post(sent.headers["location"], data={"sub": "ada"})
        there = urlsplit(answer.headers["location"])
        assert there.path == "/login/oidc/callback"
        came = await served.http.get(f"{there.path}?{there.query}")
        assert came.status_code == 303
        assert (await served.asked()).status_code == 200
        # A code is good for once.
        assert (await served.http.get(f"{there.path}?{there.query}")).status_code == 401
        assert (await served.session.get(User, user.id)).active
