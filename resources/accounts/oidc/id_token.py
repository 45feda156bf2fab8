"""An ID token, looked at as OpenID Connect Core §3.1.3.7 demands, and RFC 8725 besides."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from joserfc import jwt
from joserfc.errors import JoseError

from framework.errors import Unauthenticated
from framework.telemetry import log
from resources.accounts.oidc.provider import Provider

# By the provider's key alone: no `none`, and nothing that a shared secret signs.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
LONGEST = 64 * 1024
# How far clocks may differ.
LEEWAY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Expected:
    """For whom a token has to be made out, and as the answer to which login."""

    client_id: str
    nonce: str


async def claims_of(token: object, provider: Provider, expected: Expected) -> Mapping[str, Any]:
    """What a token claims; raises Unauthenticated for one that is not the provider's, for us, just now."""
    if not isinstance(token, str) or len(token) > LONGEST:
        raise _refused("no_token")
    keys = await provider.keys(with_id=_header(token).get("kid"))
    try:
        claims: Mapping[str, Any] = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise _refused(type(error).__name__) from None
    wrong = _wrong(claims, provider.issuer, expected)
    if wrong is not None:
        raise _refused(wrong)
    return claims


def _wrong(claims: Mapping[str, Any], issuer: str, expected: Expected) -> str | None:
    """The claim that is not as it has to be."""
    audience, now = claims.get("aud"), time.time()
    named = audience if isinstance(audience, list) else [audience]
    party = claims.get("azp")
    checks = {
        "iss": claims.get("iss") == issuer,
        "aud": expected.client_id in named,
        "azp": party == expected.client_id if len(named) > 1 else party in (None, expected.client_id),
        "nonce": claims.get("nonce") == expected.nonce,
        "sub": isinstance(claims.get("sub"), str) and 0 < len(claims["sub"]) <= 255,
        "exp": _number(claims.get("exp")) > now - LEEWAY_SECONDS,
        "iat": 0 < _number(claims.get("iat")) < now + LEEWAY_SECONDS,
        "nbf": _number(claims.get("nbf", 1)) < now + LEEWAY_SECONDS,
    }
    return next((name for name, right in checks.items() if not right), None)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("-inf")


def _header(token: str) -> Mapping[str, Any]:
    """Read before anything is known of it, only to know which key to ask for."""
    try:
        part = token.partition(".")[0]
        found = orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error):
        return {}
    return found if isinstance(found, dict) else {}


def _refused(why: str) -> Unauthenticated:
    """Why is for the log: whoever sent it is told nothing."""
    log.warning("oidc.token_refused", why=why)
    return Unauthenticated()
