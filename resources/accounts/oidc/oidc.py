"""The code flow with PKCE: to the provider and back, and then whoever that is here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from framework.actions.engine import Engine
from framework.callers.caller import Caller
from framework.callers.login import Elsewhere
from framework.errors import Invalid, Unauthenticated
from framework.settings import Settings
from resources.accounts.callers.server_secret import ServerSecret, same
from resources.accounts.oidc.attempt import SECONDS, Attempt
from resources.accounts.oidc.group_roles import group_roles
from resources.accounts.oidc.id_token import Expected, claims_of
from resources.accounts.oidc.people import People
from resources.accounts.oidc.provider import Form, Provider, fetched

CALLBACK = "/login/oidc/callback"
SECURE_COOKIE, COOKIE = "__Host-dspex_login", "dspex_login"


@dataclass(frozen=True, slots=True)
class Oidc:
    """Logins by the provider that the settings name."""

    provider: Provider
    client_id: str
    client_secret: str | None
    scopes: str
    secret: ServerSecret
    people: People

    async def begin(self, caller: Caller) -> Elsewhere:
        """Where the browser goes, and what it keeps meanwhile."""
        attempt, metadata = Attempt.new(), await self.provider.metadata()
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": _callback(caller),
            "scope": self.scopes,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        endpoint = str(metadata["authorization_endpoint"])
        url = f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"
        return Elsewhere(url, _cookie(caller), attempt.cookie(self.secret), SECONDS)

    async def end(self, caller: Caller, answer: Mapping[str, str]) -> UUID:
        """The user that came back; raises Unauthenticated."""
        attempt = Attempt.of(caller.cookie(_cookie(caller)), self.secret)
        code, issuer = answer.get("code"), answer.get("iss", self.provider.issuer)
        # RFC 9207: the answer of another provider is none to this question.
        if not code or issuer != self.provider.issuer or not same(answer.get("state", ""), attempt.state):
            raise Unauthenticated
        tokens = await self._tokens(code, attempt, caller)
        claims = await claims_of(tokens.get("id_token"), self.provider, Expected(self.client_id, attempt.nonce))
        return await self.people.user({**await self._more(claims, tokens), **claims})

    async def _tokens(self, code: str, attempt: Attempt, caller: Caller) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": _callback(caller),
            "code_verifier": attempt.verifier,
            "client_id": self.client_id,
        }
        auth = None if self.client_secret is None else (self.client_id, self.client_secret)
        endpoint = str((await self.provider.metadata())["token_endpoint"])
        return await fetched(endpoint, form=Form(form, auth))

    async def _more(self, claims: Mapping[str, Any], tokens: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the token leaves out, where the provider tells it to whoever has the other token: of the same person."""
        endpoint, access = (await self.provider.metadata()).get("userinfo_endpoint"), tokens.get("access_token")
        if "email" in claims or not isinstance(endpoint, str) or not isinstance(access, str):
            return {}
        found = await fetched(endpoint, bearer=access)
        if found.get("sub") != claims["sub"]:
            raise Unauthenticated
        return found


def oidc_of(engine: Engine, settings: Settings, secret: ServerSecret) -> Oidc:
    """As the settings have it; raises Invalid where they leave something out."""
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        says = "login by a provider needs its issuer and the id that we have there"
        raise Invalid(says, code="oidc", path=("DSPEX_OIDC_CLIENT_ID",))
    provider = Provider(settings.oidc_issuer)
    people = People(engine, settings.oidc_issuer, settings.oidc_groups_claim, group_roles(settings.oidc_roles))
    return Oidc(provider, settings.oidc_client_id, settings.oidc_client_secret, settings.oidc_scopes, secret, people)


def _callback(caller: Caller) -> str:
    """By the name it was called by, which is one of those that are allowed."""
    return f"{caller.scheme}://{caller.header('host')}{CALLBACK}"


def _cookie(caller: Caller) -> str:
    return SECURE_COOKIE if caller.scheme == "https" else COOKIE
