"""What the whole application gets: problems for every error, bounds on bodies, and the domain in its OpenAPI."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from framework.errors import Failure, Issue
from framework.naming import snake
from framework.rest.body_limit import BodyLimit
from framework.rest.openapi import openapi_of
from framework.rest.problems import problem_response
from framework.rest.router import PREFIX
from framework.spec.domain import DomainSpec
from framework.wire.failures import PublicFailure, present
from framework.wording import in_words


def install(
    app: FastAPI, domain: DomainSpec, *, max_body_bytes: int, body_seconds: float = 60.0, prefix: str = PREFIX
) -> None:
    """Installs all of it; to be called once, before the application starts."""
    app.add_middleware(BodyLimit, max_bytes=max_body_bytes, seconds=body_seconds)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(Failure, _failed)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _failed)
    own, derived = app.openapi, openapi_of(domain, prefix=prefix)

    def merged() -> dict[str, Any]:
        """The application's own routes and those of the domain."""
        return _merge(own(), derived)

    app.openapi = merged  # type: ignore[method-assign]  # FastAPI's documented way to extend its schema


def _merge(document: dict[str, Any], derived: dict[str, Any]) -> dict[str, Any]:
    parts = document.get("components", {})
    components = {name: {**parts.get(name, {}), **part} for name, part in derived["components"].items()}
    return {
        **document,
        "servers": document.get("servers", [{"url": "/"}]),
        "paths": {**document.get("paths", {}), **derived["paths"]},
        "components": {**parts, **components},
        "tags": [*document.get("tags", []), *derived["tags"]],
    }


async def _http(request: Request, error: Exception) -> Response:
    """What the framework below refuses by itself: an unknown path, a wrong method."""
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    says = str(error.detail)
    if says == status.phrase:
        says = f"{status.phrase.lower()}: {request.method} {request.scope['path'][:200]}"
    issue = Issue(snake(status.phrase.replace(" ", "_")), says)
    return problem_response(PublicFailure(status, (issue,)), request.scope["path"], headers=error.headers)


async def _unreadable(request: Request, error: Exception) -> Response:
    """Input that FastAPI itself refused, on a route that is not derived."""
    assert isinstance(error, RequestValidationError)
    issues = tuple(Issue(found["type"], in_words(found), tuple(found["loc"][1:])) for found in error.errors())
    inputs = {str(found["loc"][1]) for found in error.errors() if found["loc"][0] == "body" and len(found["loc"]) > 1}
    return problem_response(PublicFailure(422, issues), request.scope["path"], inputs=inputs)


async def _gone(request: Request, error: Exception) -> Response:
    """Nobody is there to read it: a client that hung up is no mistake of ours."""
    return Response(status_code=400)


async def _failed(request: Request, error: Exception) -> Response:
    """A failure of ours, or something unforeseen."""
    return problem_response(present(error), request.scope["path"])
