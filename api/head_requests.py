"""HEAD wherever there is GET: the same status and headers, and no body."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class HeadRequests:
    """Middleware that answers HEAD as the application answers GET, and says so where it says what is allowed."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers HEAD itself, and everything else with a true `Allow`."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["method"] == "HEAD":
            await self._head(scope, receive, send)
        else:
            await self.app(scope, receive, _allowing_head(send))

    async def _head(self, scope: Scope, receive: Receive, send: Send) -> None:
        serving = asyncio.timeout(None)
        try:
            async with serving:

                async def send_start(message: Message) -> None:
                    if message["type"] != "http.response.start":
                        return
                    await _allowing_head(send)(message)
                    await send({"type": "http.response.body", "body": b""})
                    if "content-length" not in MutableHeaders(scope=message):
                        # A stream, whose end nobody waits for.
                        serving.reschedule(0)

                await self.app({**scope, "method": "GET"}, receive, send_start)
        except TimeoutError:
            if not serving.expired():
                raise


def _allowing_head(send: Send) -> Send:
    """Sends a response whose `Allow` has HEAD where it has GET, in the order of the alphabet."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if "allow" in headers:
                allowed = {method.strip() for method in headers["allow"].split(",")}
                headers["allow"] = ", ".join(sorted(allowed | ({"HEAD"} if "GET" in allowed else set())))
        await send(message)

    return sent
