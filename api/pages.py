"""The pages that people open in a browser, made of files in this package: nothing is fetched from anywhere else."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from fastapi import APIRouter, FastAPI
from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from framework.settings import Settings

# Resolved, as the paths are that Starlette gives.
STATIC = Path(__file__).resolve().with_name("static")
VERSIONED = tuple(path for path in (STATIC / "vendor").iterdir() if path.is_dir())
# What a page may load: files of this server, and pictures and fonts that stand in them. Editors set styles as they go.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-cache",
}
# One address answers in two forms: a cache has to ask which.
VARY = {"vary": "Accept"}
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class PageLink:
    """An address of this server, and what is there."""

    path: str
    about: str


def add_pages(app: FastAPI, settings: Settings) -> None:
    """Serves the start page, the page of the REST API, and the files that these and GraphiQL are made of."""
    app.include_router(_router(app, settings))
    app.mount("/static", _Files(directory=STATIC))


def page(name: str) -> HTMLResponse:
    """One of the pages, with what it may load."""
    return HTMLResponse((STATIC / name).read_text(encoding="utf-8"), headers=HEADERS)


def _router(app: FastAPI, settings: Settings) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    home = Environment(loader=FileSystemLoader(STATIC), autoescape=True).get_template("home.html")

    @router.get("/")
    @router.get("/api")
    async def start(request: Request) -> Response:
        """For people in a browser a page, for programs the same as JSON."""
        places = _places(settings)
        about = {"name": app.title, "version": version("dspex"), "summary": app.summary}
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(home.render(**about, places=places), headers={**HEADERS, **VARY})
        told = {**about, "places": {place.path: place.about for place in places}}
        return JSONResponse(told, headers=VARY)

    @router.get("/docs")
    async def docs() -> Response:
        return page("docs.html")

    return router


def _places(settings: Settings) -> Sequence[PageLink]:
    graphiql = ", and in a browser GraphiQL, to try it" if settings.graphiql else ""
    return (
        PageLink("/graphql", f"GraphQL: queries, mutations and subscriptions{graphiql}"),
        PageLink("/docs", "the REST API, which is below /api: every route explained, and to be tried"),
        PageLink("/openapi.json", "the same for programs: an OpenAPI 3.1 document"),
        PageLink("/readyz", "whether requests can be served; /healthz says whether the process lives"),
    )


class _Files(StaticFiles):
    """The files of the pages; those of others lie in folders named by version, so a browser keeps them for ever."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file, or 304 for one that the browser has."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        versioned = any(Path(full_path).is_relative_to(folder) for folder in VERSIONED)
        response.headers.update({**HEADERS, "cache-control": FOR_EVER if versioned else "no-cache"})
        return response
