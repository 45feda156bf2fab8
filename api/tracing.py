"""The front door of a trace: each request is a span, below the one that its client names."""

from __future__ import annotations

from dataclasses import dataclass

from opentelemetry.trace import Span, SpanKind, StatusCode
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from framework.telemetry import PARENT, continuing, traced

UNTRACED = ("/healthz", "/readyz", "/metrics")


@dataclass(frozen=True, slots=True)
class Tracing:
    """Middleware: a span says which route was asked and how it was answered; neither addresses nor bodies are in it.

    A connection that stays open is none, but what is done over it belongs to the trace of its client.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves within the span."""
        if scope["type"] not in ("http", "websocket") or scope["path"] in UNTRACED:
            await self.app(scope, receive, send)
            return
        with continuing({PARENT: Headers(scope=scope).get(PARENT)}):
            if scope["type"] == "websocket":
                await self.app(scope, receive, send)
                return
            with traced("request", SpanKind.SERVER, **{"http.request.method": scope["method"]}) as span:
                await self.app(scope, receive, _noting(span, send))
                _name(span, scope)


def _noting(span: Span, send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            span.set_attribute("http.response.status_code", message["status"])
            if message["status"] >= 500:
                span.set_status(StatusCode.ERROR)
        await send(message)

    return sent


def _name(span: Span, scope: Scope) -> None:
    """By the route, `/api/programs/{id}`: what stands in its place is the client's. What has no route has no name."""
    if "endpoint" not in scope:
        return
    given = {str(value): name for name, value in scope.get("path_params", {}).items()}
    route = "/".join(f"{{{given[part]}}}" if part in given else part for part in scope["path"].split("/"))
    span.update_name(f"{scope['method']} {route}")
    span.set_attribute("http.route", route)
