"""Logging in and out with a browser, where the domain's hook lets people."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from api.authentication import caller_of
from api.rate_limits import Budget, RateLimits, refusal
from api.whose_address import whose_address
from framework.callers.login import LoggedIn, LogsIn
from framework.errors import Unauthenticated

# Tries a minute, of one address and for one user: enough for whoever mistypes.
PER_ADDRESS, PER_EMAIL = 20, 10
MOST = 10_000


class Login(BaseModel):
    """Who somebody says to be, and what only they know."""

    email: Annotated[str, Field(max_length=320)]
    password: Annotated[str, Field(max_length=1024)]


class Tries:
    """Counts tries to log in: with everybody's where Redis is there, else with this process's own. It never lets pass
    what is not counted."""

    def __init__(self, limits: RateLimits) -> None:
        self._limits = limits
        self._full: dict[str, float] = {}

    async def refuse_too_many(self, budgets: Sequence[Budget]) -> None:
        """Takes one from each; raises the failure of too many."""
        left = await self._limits.taken(budgets)
        refused = refusal(left)
        if refused is not None:
            raise refused
        # Each is counted, also behind one that is full.
        fits = [self._fits(budget) for budget in budgets]
        if not left and False in fits:
            raise self._limits.refused()

    def _fits(self, budget: Budget) -> bool:
        key, each = f"{budget.name}:{budget.whose}", 60 / budget.a_minute
        now = time.monotonic()
        full = max(self._full.pop(key, now), now) + each
        if full - now > 60:
            self._full[key] = full - each
            return False
        self._full[key] = full
        if len(self._full) > MOST:
            del self._full[next(iter(self._full))]
        return True


def login_router(hook: LogsIn, limits: RateLimits) -> APIRouter:
    """`POST /login` and `POST /logout`."""
    router, tries = APIRouter(tags=["login"]), Tries(limits)

    @router.post("/login", summary="Log in with a password; the session is a cookie")
    async def log_in(given: Login, request: Request) -> Response:
        address = whose_address(request.client.host) if request.client else ""
        await tries.refuse_too_many(
            [Budget("login-address", address, PER_ADDRESS), Budget("login", given.email.strip().lower(), PER_EMAIL)]
        )
        begun = await hook.log_in(caller_of(request.scope), given.email, given.password)
        response = JSONResponse({"csrf_token": begun.csrf_token})
        set_cookie(response, begun, request)
        return response

    if hook.elsewhere:
        _add_elsewhere(router, hook)

    @router.post("/logout", summary="End the session of this browser", status_code=204, response_class=Response)
    async def log_out(request: Request) -> Response:
        cookie, response = await hook.log_out(caller_of(request.scope)), Response(status_code=204)
        if cookie is not None:
            response.delete_cookie(cookie, **_how(request))
        return response

    return router


def _add_elsewhere(router: APIRouter, hook: LogsIn) -> None:
    @router.get("/login/oidc", summary="Log in by the provider", response_class=Response)
    async def go(request: Request) -> Response:
        there = await hook.begin_elsewhere(caller_of(request.scope))
        response = RedirectResponse(there.url, 302)
        response.set_cookie(there.cookie, there.value, max_age=there.seconds, **_how(request))
        return response

    @router.get("/login/oidc/callback", summary="Come back from the provider", response_class=Response)
    async def come_back(request: Request) -> Response:
        given = request.query_params.multi_items()
        answer = dict(given)
        if len(answer) != len(given):
            # Of two answers, neither is.
            raise Unauthenticated
        begun = await hook.end_elsewhere(caller_of(request.scope), answer)
        response = RedirectResponse("/", 303)
        set_cookie(response, begun, request)
        return response


def set_cookie(response: Response, begun: LoggedIn, request: Request) -> None:
    """Gives it out: no script reads it, no other site's page sends it with what acts."""
    response.set_cookie(begun.cookie, begun.token, max_age=begun.seconds, **_how(request))


def _how(request: Request) -> dict[str, Any]:
    return {"path": "/", "secure": request.url.scheme == "https", "httponly": True, "samesite": "lax"}
