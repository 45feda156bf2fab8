"""Refuses what the page of another site has a browser send, unless the settings name that site.

Whoever visits a page has not asked for what it sends. As long as nobody has to say who they are, any form on any page
could post to this machine, and any script open a WebSocket to it, which no rule of browsers forbids. Browsers say where
a request comes from (`Sec-Fetch-Site`, and `Origin`); programs say neither, and are let through.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from framework.errors import Forbidden
from framework.rest.problems import problem_response
from framework.wire.failures import present

SAFE = ("GET", "HEAD", "OPTIONS")
OWN = ("same-origin", "none")
POLICY_VIOLATION = 1008


@dataclass(frozen=True, slots=True)
class SameOrigin:
    """The application, for what changes nothing, or comes from its own pages, allowed origins or no page at all."""

    app: ASGIApp
    allowed: Collection[str] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 403 for the others, and does not open their WebSockets."""
        acts = scope["type"] == "websocket" or (scope["type"] == "http" and scope["method"] not in SAFE)
        if not acts or is_welcome(Headers(scope=scope), self.allowed):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(POLICY_VIOLATION, "another site")(scope, receive, send)
        else:
            refused = problem_response(present(_another_site()), scope["path"])
            await refused(scope, receive, send)


def is_welcome(headers: Headers, allowed: Collection[str]) -> bool:
    """Whether the request comes from an allowed page, or from here."""
    return headers.get("origin") in allowed or from_here(headers)


def from_here(headers: Headers) -> bool:
    """Whether the request comes from a page of ours, or from no page; `Origin: null` is any page that hides."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site not in OWN:
        return False
    return origin is None or (origin != "null" and urlsplit(origin).netloc == headers.get("host"))


def _another_site() -> Forbidden:
    return Forbidden(
        "the page of another site cannot act here",
        code="another_site",
        hint="send the request from a program or a page of this server, or set DSPEX_CORS_ORIGINS to the page's origin",
    )
