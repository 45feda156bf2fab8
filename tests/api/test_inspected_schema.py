"""A schema that stood already, as it was inspected, served over HTTP: rows old and new read the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from api.app import create_app
from framework.compiler.domain import compile_domain
from framework.settings import load_settings
from framework.sql.inspection.inspecting import inspected
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.plan.decided.decisions import Decisions
from tests.framework.sql.inspection.test_inspecting import SCHEMAS, imported, run

NEW = """
mutation New($input: CreateFilmInput!) {
  createFilm(input: $input) { film { id title rating length: lengthValue language { name } releaseYear } }
}
"""
FILMS = """
query Films {
  films(filter: {language: {name: {eq: "Deutsch"}}}, sort: {title: DESC}, first: 2) {
    nodes { title rating rentalRate specialFeatures language { name } }
  }
}
"""


async def test_an_inspected_schema_is_served(fresh_database_url: str, redis_url: str, tmp_path: Path) -> None:
    await run(fresh_database_url, (SCHEMAS / "rental.sql").read_text())
    found = await inspected(fresh_database_url, "rental", schemas=["public"])
    domain = compile_domain(imported(found.text, tmp_path, "rental_served").RENTAL)
    migrations = Migrations(domain, fresh_database_url, {"rental": tmp_path / "versions"})
    await migrations.revision("As it stood", Decisions(adopts=("all",)))
    await migrations.upgrade()
    settings = load_settings(database_url=fresh_database_url, redis_url=redis_url)
    transport = httpx.ASGITransport(create_app(domain, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        await over_rest(http)
        await over_graphql(http)
    rows = await run(fresh_database_url, "SELECT title, fulltext @@ 'gone' FROM film ORDER BY film_id DESC LIMIT 2")
    assert rows == [("Gone again", True), ("Gone", True)]


async def over_rest(http: httpx.AsyncClient) -> None:
    """Lists, gets and creates."""
    asked = {"filter[rating][eq]": "PG-13", "sort": "-title", "limit": "2", "include": "language"}
    listed = (await http.get("/api/films", params=asked)).json()
    assert [film["title"] for film in listed["data"]] == ["Film J", "Film G"], listed
    assert listed["data"][0]["language"]["name"] == "English"
    given: dict[str, Any] = {"title": "Gone", "language_id": 1, "rating": "NC-17", "special_features": ["Trailers"]}
    made = await http.post("/api/films", json=given)
    assert made.status_code == 201, made.text
    got = (await http.get(made.headers["location"])).json()
    assert {name: got[name] for name in given} == given
    assert (got["rental_rate"], got["rental_duration"], got["release_year"]) == ("4.99", 3, None)
    old = (await http.get("/api/films/1")).json()
    assert (old["title"], old["release_year"], old["length_value"]) == ("Film A", 2001, 61)
    refused = await http.post("/api/films", json={**given, "title": "lower"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/title")
    seen = (await http.get("/api/film-lists", params={"filter[language][eq]": "English"})).json()
    assert len(seen["data"]) == 7


async def over_graphql(http: httpx.AsyncClient) -> None:
    """Queries along a link, and creates."""
    found = (await http.post("/graphql", json={"query": FILMS})).json()
    assert found["data"]["films"]["nodes"][0] == {
        "title": "Film K",
        "rating": "R",
        "rentalRate": "4.99",
        "specialFeatures": ["Trailers", "Deleted Scenes"],
        "language": {"name": "Deutsch"},
    }
    given = {"title": "Gone again", "languageId": "2", "rating": "PG_13", "lengthValue": 90, "releaseYear": 1999}
    made = (await http.post("/graphql", json={"query": NEW, "variables": {"input": given}})).json()
    film = made["data"]["createFilm"]["film"]
    assert {**film, "id": None} == {
        "id": None,
        "title": "Gone again",
        "rating": "PG_13",
        "length": 90,
        "language": {"name": "Deutsch"},
        "releaseYear": 1999,
    }
