"""What a caller shows of who they are: one thing, or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from framework.callers.caller import Caller
from framework.errors import Unauthenticated
from framework.setting_forms import Authentication
from framework.settings import Settings
from resources.accounts.callers.key_text import KeyText, key_in

# The browser sends the first back over TLS alone, to this very host, and to no other.
SECURE_COOKIE, COOKIE = "__Host-dspex_session", "dspex_session"
# What a request has that came through a proxy: whoever sent it sits elsewhere.
FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
CSRF = "x-csrf-token"
SAFE = ("GET", "HEAD", "OPTIONS")
LONGEST = 512


@dataclass(frozen=True, slots=True)
class Shown:
    """A key, or the token of a cookie."""

    key: KeyText | None = None
    cookie: str | None = field(default=None, repr=False)


def shown_by(caller: Caller) -> Shown:
    """What they show; raises Unauthenticated for two things at once, and for what is no key of ours."""
    bearer, plain = caller.given("authorization"), caller.given("x-api-key")
    cookie = caller.cookie(cookie_name(caller))
    if bearer is None and plain is None:
        return Shown(cookie=cookie if cookie and len(cookie) <= LONGEST else None)
    if bearer is not None and plain is not None:
        raise Unauthenticated
    key = _key(plain) if bearer is None else _key(_token(bearer))
    if key is None or cookie is not None:
        raise Unauthenticated
    return Shown(key)


def cookie_name(caller: Caller) -> str:
    """What the cookie of a session is called, over TLS and without."""
    return SECURE_COOKIE if caller.scheme in ("https", "wss") else COOKIE


def comes_from_its_own_page(caller: Caller, settings: Settings) -> bool:
    """Whether the browser itself says that one of our pages, or an allowed one, has it do this."""
    origin, site = caller.header("origin"), caller.header("sec-fetch-site")
    if origin is not None:
        return origin in settings.origins or (origin != "null" and urlsplit(origin).netloc == caller.header("host"))
    return site == "same-origin"


def sits_here(caller: Caller, settings: Settings) -> bool:
    """Whether a caller who shows nothing is whoever sits at this machine, where that has not to be shown.

    Only while the API answers to this machine alone, and nothing says that it is reached from elsewhere.
    """
    if settings.authentication is Authentication.REQUIRED or not settings.is_local:
        return False
    return not caller.has(*FORWARDED) and (caller.address is None or _loopback(caller.address))


def _key(text: str | None) -> KeyText | None:
    return None if text is None or len(text) > LONGEST else key_in(text)


def _token(header: str) -> str | None:
    scheme, _, token = header.partition(" ")
    return token if scheme.lower() == "bearer" else None


def _loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
