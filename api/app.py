"""The application: GraphQL, REST and health over one runtime."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request

from api.graphql import graphql_router
from api.graphql_errors import GraphqlErrors
from api.health import health_router
from api.lifespan import lifespan
from api.loopback import LOOPBACK_NAMES, refuse_other_than_loopback
from api.same_origin import SameOrigin
from framework.actions.session import Session
from framework.context import Context
from framework.rest.installation import install
from framework.rest.router import rest_router
from framework.runtime.runtime import assemble
from framework.settings import Settings
from framework.spec.domain import DomainSpec


def create_app(domain: DomainSpec, settings: Settings) -> FastAPI:
    """The application of a domain. Nothing is written here for any resource."""
    refuse_other_than_loopback(settings.host)
    runtime = assemble(domain, settings)

    def session_of(request: Request) -> Session:
        return runtime.engine.session(Context())

    app = FastAPI(
        title="DSPex",
        version="0.1.0",
        summary="DSPy programs in production: declared once, served typed, improved in the background.",
        lifespan=lifespan(runtime, settings),
    )
    app.add_middleware(SameOrigin)
    # No request may come by another name, so no web page elsewhere can reach us through one it controls.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(LOOPBACK_NAMES))
    install(app, domain, max_body_bytes=settings.max_body_bytes)
    app.add_middleware(GraphqlErrors, path="/graphql")
    app.include_router(health_router(runtime))
    app.include_router(rest_router(domain, session_of, feed=runtime.feed))
    app.include_router(graphql_router(domain, runtime, settings), prefix="/graphql")
    return app
