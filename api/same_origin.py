"""Refuses what the page of another site has a browser send: whoever visits it has not asked for that.

As long as nobody has to say who they are, any form on any page could post to this machine, and any script open a
WebSocket to it, which no rule of browsers forbids. Browsers say where a request comes from (`Sec-Fetch-Site`, and
`Origin`); programs say neither, and are let through.
"""

from __future__ import annotations

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
    """The application, for requests that change nothing or come from its own pages or from no page at all."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 403 for the others, and does not open their WebSockets."""
        acts = scope["type"] == "websocket" or (scope["type"] == "http" and scope["method"] not in SAFE)
        if not acts or from_here(Headers(scope=scope)):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(POLICY_VIOLATION, "another site")(scope, receive, send)
        else:
            refused = problem_response(present(_another_site()), scope["path"])
            await refused(scope, receive, send)


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
        hint="send the request from a program, or from a page that this server serves",
    )
