"""Who calls, asked before anything else of a request is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.rate_limits import Budget, RateLimits, headers_of, refusal
from api.whose_address import whose_address
from framework.callers.authenticates import Authenticates, context_of
from framework.callers.caller import NOTHING, Caller
from framework.context import Context
from framework.errors import Unauthenticated
from framework.rest.problems import problem_response
from framework.wire.failures import present

KEY = "dspex.context"
# What says nothing of what is kept here: whether the process lives, and pages that ask for the rest themselves.
OPEN = frozenset({"/", "/api", "/docs", "/healthz", "/readyz", "/login", "/login/oidc", "/login/oidc/callback"})
OPEN_BELOW = ("/static/",)


@dataclass(frozen=True, slots=True)
class Authentication:
    """Middleware: every request has a context, or is refused, but for the few addresses that are open to all.

    A WebSocket's client says who it is when it begins (`connection_init`), so that is asked there.
    """

    app: ASGIApp
    callers: Authenticates
    limits: RateLimits
    failures_a_minute: int = 60

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands on what may be; answers the rest with the failure."""
        if scope["type"] == "http":
            try:
                scope[KEY] = Context() if is_open(scope) else await context_of(self.callers, caller_of(scope))
            except Exception as error:  # noqa: BLE001 - whatever a hook raises, nobody is let in by it
                await (await self._refused(error, scope))(scope, receive, send)
                return
        await self.app(scope, receive, send)

    async def _refused(self, error: Exception, scope: Scope) -> Response:
        """The failure; for who has failed too often the failure of that."""
        left, client = [], scope.get("client")
        if isinstance(error, Unauthenticated) and client and self.failures_a_minute:
            left = await self.limits.taken([Budget("failures", whose_address(str(client[0])), self.failures_a_minute)])
        return problem_response(present(refusal(left) or error), scope["path"], headers=headers_of(left))


def is_open(scope: Scope) -> bool:
    """Whether anybody may ask for it: GraphiQL is a page as well, its queries are not."""
    path = scope["path"]
    page = path.rstrip("/") == "/graphql" and scope["method"] in ("GET", "HEAD")
    return page or path in OPEN or path.startswith(OPEN_BELOW)


def context_in(scope: Scope) -> Context:
    """The context of a request; raises LookupError where nobody was asked who calls."""
    context = scope.get(KEY)
    if not isinstance(context, Context):
        raise LookupError("the request was let in without a context")
    return context


def caller_of(scope: Scope, said: Mapping[str, Any] = NOTHING) -> Caller:
    """What a request, or a WebSocket with what its client said first, says of its sender."""
    client = scope.get("client")
    return Caller(
        headers=tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]),
        address=client[0] if client else None,
        scheme=scope["scheme"],
        path=scope["path"],
        method=scope.get("method", "GET"),
        said=said,
    )
