"""What every answer tells a browser, unless the answer says otherwise itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    # Nothing that is answered to one is kept for another; what has an ETag may be asked for again.
    "cache-control": "private, no-cache",
    # Answers are data, and no page: nothing is loaded by what is opened as one.
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
# A browser that was here over TLS once comes by nothing else for half a year.
STRICT = "max-age=15552000"


@dataclass(frozen=True, slots=True)
class SecurityHeaders:
    """Middleware: adds them."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers with them."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if scope["scheme"] == "https":
                    headers.setdefault("strict-transport-security", STRICT)
            await send(message)

        await self.app(scope, receive, told)
