"""Refusals of the whole application, in the form that a client of GraphQL reads, where the address is GraphQL's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from framework.graphql.serving.accept import Accept
from framework.rest.problems import MEDIA_TYPE

HANDED_ON = ("connection", "retry-after", "www-authenticate", "ratelimit", "ratelimit-policy")


@dataclass(frozen=True, slots=True)
class GraphqlErrors:
    """Middleware: a problem document below `path` (too large, from another site) becomes JSON with `errors`.

    `methods` are those that are allowed there.
    """

    app: ASGIApp
    path: str
    methods: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].rstrip("/") != self.path:
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, _Rewriting(scope, receive, send, self.methods))


@dataclass(slots=True)
class _Rewriting:
    """Hands on the messages of a response, but holds back a problem until all of it is there."""

    scope: Scope
    receive: Receive
    send: Send
    methods: str
    start: Message | None = None
    body: bytes = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_problem(message):
            self.start = message
        elif self.start is None:
            await self.send(message)
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                await self._rewritten()(self.scope, self.receive, self.send)

    def _rewritten(self) -> Response:
        assert self.start is not None
        kept = Headers(raw=self.start["headers"])
        headers = {name: kept[name] for name in HANDED_ON if name in kept}
        if "allow" in kept:
            # The framework below does not know for whom there is a page.
            headers["allow"] = self.methods
        content = {"errors": [_error(error) for error in orjson.loads(self.body)["errors"]]}
        accept = Accept.of(Headers(scope=self.scope).get("accept", ""))
        return Response(orjson.dumps(content), self.start["status"], headers, accept.json)


def _is_problem(message: Message) -> bool:
    return Headers(raw=message["headers"]).get("content-type", "").startswith(MEDIA_TYPE)


def _error(error: dict[str, Any]) -> dict[str, Any]:
    extensions = {name: error[name] for name in ("code", "params", "hint") if error.get(name)}
    return {"message": error["message"], "extensions": extensions}
