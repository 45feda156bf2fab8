"""An OpenID provider: where its endpoints are, and with which keys it signs. Both are asked for anew now and then."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from framework.errors import Unauthenticated, Unavailable
from framework.telemetry import log

DISCOVERY = "/.well-known/openid-configuration"
PATIENCE = httpx.Timeout(5.0)
MOST_BYTES = 1024 * 1024
KEPT_SECONDS = 3600.0
# A key that nobody knows is asked for, but not for each token that names one.
KEYS_SECONDS = 30.0
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
# Only these: a key that both sides know could have been made a signature by anybody who has read our settings.
ASYMMETRIC = ("RSA", "EC", "OKP")


@dataclass(frozen=True, slots=True)
class Form:
    """What is sent, and who sends it: the name and the secret of a client that has one."""

    fields: Mapping[str, str] = field(repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)


class Provider:
    """The provider at an issuer's address."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self._metadata: Mapping[str, Any] = {}
        self._keys: KeySet | None = None
        self._metadata_at = self._keys_at = float("-inf")

    async def metadata(self) -> Mapping[str, Any]:
        """What it says of itself; raises Unavailable where it says nothing, or is another."""
        if time.monotonic() - self._metadata_at > KEPT_SECONDS:
            found = await fetched(self.issuer.rstrip("/") + DISCOVERY)
            if found.get("issuer") != self.issuer or not all(_is_safe(found.get(name)) for name in NEEDED):
                raise _unusable("its discovery document is of another issuer, or names no safe endpoints")
            self._metadata, self._metadata_at = found, time.monotonic()
        return self._metadata

    async def keys(self, *, with_id: object = None) -> KeySet:
        """Its keys; asked for anew where none has this id, as it may have rotated them."""
        age = time.monotonic() - self._keys_at
        if self._keys is None or age > KEPT_SECONDS or (age > KEYS_SECONDS and not _has(self._keys, with_id)):
            found = await fetched(str((await self.metadata())["jwks_uri"]))
            self._keys, self._keys_at = _key_set(found), time.monotonic()
        return self._keys


async def fetched(url: str, *, bearer: str | None = None, form: Form | None = None) -> Mapping[str, Any]:
    """The JSON object there, read or answered to a form; nothing is followed elsewhere. Raises Unavailable."""
    headers = {"accept": "application/json"} | ({} if bearer is None else {"authorization": f"Bearer {bearer}"})
    try:
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False, follow_redirects=False) as client:
            if form is None:
                answer = await client.get(url, headers=headers)
            else:
                auth = httpx.USE_CLIENT_DEFAULT if form.auth is None else httpx.BasicAuth(*form.auth)
                answer = await client.post(url, headers=headers, data=dict(form.fields), auth=auth)
        if answer.is_client_error and (form is not None or bearer is not None):
            # What was shown is none of theirs.
            log.warning("oidc.refused", status=answer.status_code)
            raise Unauthenticated
        found = answer.json() if answer.is_success and len(answer.content) <= MOST_BYTES else None
    except (httpx.HTTPError, ValueError) as error:
        log.warning("oidc.no_answer", error=type(error).__name__)
        raise _unusable("it did not answer") from None
    if not isinstance(found, dict):
        log.warning("oidc.refused", status=answer.status_code)
        raise _unusable("it refused")
    return found


def _key_set(found: Mapping[str, Any]) -> KeySet:
    listed = found.get("keys")
    usable = [
        key
        for key in (listed if isinstance(listed, list) else [])
        if isinstance(key, dict) and key.get("kty") in ASYMMETRIC and key.get("use", "sig") == "sig"
    ]
    try:
        return KeySet.import_key_set({"keys": usable})
    except (JoseError, ValueError, TypeError):
        raise _unusable("its keys cannot be read") from None


def _has(keys: KeySet, with_id: object) -> bool:
    return with_id is None or any(key.kid == with_id for key in keys.keys)


def _is_safe(url: object) -> bool:
    """Over TLS, or on this machine."""
    parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def _unusable(why: str) -> Unavailable:
    return Unavailable(f"the login provider cannot be asked: {why}", code="login_provider")
