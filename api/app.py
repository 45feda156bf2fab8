"""The application: GraphQL, REST and health over one runtime."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from api.authentication import Authentication
from api.forwarded import Forwarded, networks
from api.graphql import graphql_methods, graphql_router
from api.graphql_errors import GraphqlErrors
from api.head_requests import HeadRequests
from api.health import health_router
from api.lifespan import lifespan
from api.login import login_router
from api.metrics import export_metrics, metrics_router
from api.pages import add_pages
from api.rate_limiting import RateLimiting, budgets_by_actor, budgets_by_address
from api.rate_limits import RateLimits
from api.same_origin import SameOrigin
from api.security_headers import SecurityHeaders
from api.sessions import session_for
from api.tracing import Tracing
from framework.callers.authenticates import Authenticates
from framework.callers.login import LogsIn
from framework.figures import Figure
from framework.metrics import Metrics
from framework.metrics_folder import MetricsFolder
from framework.processes.kept import ALONE, Kept
from framework.rest.installation import install
from framework.rest.router import rest_router
from framework.runtime.disk_watch import DiskWatch
from framework.runtime.loop_watch import LoopWatch
from framework.runtime.runtime import Runtime, assemble
from framework.settings import Settings
from framework.spec.domain import DomainSpec
from framework.sql.migrations.running.readiness import SchemaWatch, steps_in

Do = Callable[[], object]
# The names of this machine, for itself alone.
NAMES = ("localhost", "127.0.0.1", "::1", "[::1]")

ABOUT: Mapping[str, Any] = {
    "title": "DSPex",
    "summary": "DSPy programs in production: declared once, served typed, improved in the background.",
    # FastAPI's own pages load from elsewhere.
    "docs_url": None,
    "redoc_url": None,
}
# What pages of allowed origins may send, and read of an answer. They are named one by one, so they may send any header.
CORS: Mapping[str, Any] = {
    "allow_methods": ("GET", "HEAD", "POST", "PATCH", "DELETE"),
    "allow_headers": ("*",),
    "allow_private_network": True,
    "expose_headers": ("Allow", "ETag", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After"),
}


def create_app(
    domain: DomainSpec,
    settings: Settings,
    *,
    migrations: Sequence[Path] = (),
    when_loaded: Do = lambda: None,
    kept: Kept = ALONE,
) -> FastAPI:
    """The application of a domain. Nothing is written here for any resource.

    It is not ready while the database has not taken the steps in the folders `migrations`, or others.
    `when_loaded` is called in a thread, once what executions need is loaded beside the serving.
    """
    metrics = Metrics(None if kept.shared is None else MetricsFolder(kept.shared.folder, kept.shared.number))
    runtime = assemble(domain, settings, measures=metrics)
    schema = SchemaWatch(runtime.own.engine, steps_in(migrations), settings.version_table)
    session_of = partial(session_for, runtime.engine)
    watch = LoopWatch(partial(_came_by, metrics, kept), held_seconds=settings.loop_held_seconds)
    limits = RateLimits(str(settings.redis_url), settings.prefix)
    figures = partial(_figures, kept, runtime, limits)
    beside = (watch.watch, partial(export_metrics, metrics, figures), limits.stay)
    app = FastAPI(**ABOUT, version=version("dspex"), lifespan=lifespan(runtime, schema, beside, when_loaded))
    app.state.stopping = runtime.stopping
    _add_middleware(app, domain, settings, Authenticating(runtime.callers, limits))
    add_pages(app, settings)
    disk = DiskWatch(settings.data_dir)
    app.include_router(health_router(runtime, schema, disk))
    app.include_router(metrics_router(runtime, metrics, figures, disk))
    if isinstance(runtime.callers, LogsIn):
        app.include_router(login_router(runtime.callers, limits))
    app.include_router(rest_router(domain, session_of, feed=runtime.feed, filter_cost=settings.max_filter_cost))
    app.include_router(graphql_router(domain, runtime, settings, limits), prefix="/graphql")
    return app


def _came_by(metrics: Metrics, kept: Kept, delay: float) -> None:
    metrics.loop_delay(delay)
    kept.pulse.beat()


@dataclass(frozen=True, slots=True)
class Authenticating:
    """What it takes to know who asks, and how often."""

    callers: Authenticates
    limits: RateLimits


def _figures(kept: Kept, runtime: Runtime, limits: RateLimits) -> list[Figure]:
    return [*kept.figures(), *runtime.figures(), *limits.figures()]


def _add_middleware(app: FastAPI, domain: DomainSpec, settings: Settings, who: Authenticating) -> None:
    # From the innermost outwards: what is refused further in, a page of an allowed origin may read, too.
    app.add_middleware(RateLimiting, limits=who.limits, settings=settings, budgets=budgets_by_actor)
    failures = settings.rate_failures
    app.add_middleware(Authentication, callers=who.callers, limits=who.limits, failures_a_minute=failures)
    app.add_middleware(RateLimiting, limits=who.limits, settings=settings, budgets=budgets_by_address)
    app.add_middleware(SameOrigin, allowed=settings.origins)
    install(app, domain, max_body_bytes=settings.max_body_bytes, body_seconds=settings.body_seconds)
    app.add_middleware(GraphqlErrors, path="/graphql", methods=graphql_methods(settings))
    if settings.origins:
        app.add_middleware(CORSMiddleware, allow_origins=settings.origins, **CORS)
    # No request may come by another name, so no web page elsewhere can reach us through one it controls.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*NAMES, *settings.host_names], www_redirect=False)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(HeadRequests)
    app.add_middleware(Tracing)
    if settings.proxies:
        app.add_middleware(Forwarded, proxies=networks(settings.proxy_networks))
