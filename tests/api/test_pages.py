"""The pages that people open in a browser, read for what they load."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from api.app import create_app
from tests.installation.installation import DOMAIN, Installation

STATIC = Path(__file__).parents[2] / "api" / "static"
PAGES = ("/", "/api", "/graphql", "/docs")
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "sec-fetch-mode": "navigate"}
LOADING = ("src", "href", "srcset", "data", "poster", "action", "formaction")
# A link leads elsewhere only when somebody follows it.
FOLLOWED = ("a", "area")
# How a script or a style sheet fetches: a text that merely names an address (a namespace, a licence) loads nothing.
FETCHED = re.compile(
    r"""(?:\bimport\s*\(?\s*|\bimportScripts\(|\bfetch\(|@import\s+|\burl\(|new\s+(?:Shared)?Worker\(|new\s+EventSource\()"""
    r"""\s*["'`]?\s*((?:https?:|wss?:)?//[^"'`)\s]*)"""
)


class Loads(HTMLParser):
    """What a page asks for, and what it holds in itself that a strict policy forbids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self._tag = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        self.addresses += [value or "" for name, value in attrs if name in LOADING and tag not in FOLLOWED]
        self.inline += [name for name, _ in attrs if name.startswith("on") or name == "style"]

    def handle_data(self, data: str) -> None:
        if self._tag in ("script", "style") and data.strip():
            self.inline.append(data)


async def read(installation: Installation, path: str) -> httpx.Response:
    response = await installation.http.get(path, headers=BROWSER)
    assert response.status_code == 200, response.text
    return response


def foreign(text: str) -> Iterator[str]:
    """Every address of another server that the text would have a browser fetch."""
    yield from FETCHED.findall(text)


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_loads_from_this_server_alone(path: str, installation: Installation) -> None:
    page = await read(installation, path)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    loads = Loads(page.text)
    assert loads.inline == []
    assert loads.addresses
    for address in loads.addresses:
        assert urlsplit(address)[:2] == ("", "")
        assert not address.startswith("//")
        loaded = await read(installation, urljoin(path, address))
        assert loaded.headers["content-type"].partition(";")[0] in ("text/javascript", "text/css", "image/svg+xml")
        assert list(foreign(loaded.text)) == []


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_forbids_the_browser_to_load_from_elsewhere(path: str, installation: Installation) -> None:
    headers = (await read(installation, path)).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    allowed = {word for words in policy.values() for word in words.split()}
    assert allowed <= {"'none'", "'self'", "data:", "'unsafe-inline'"}
    assert headers["x-content-type-options"] == "nosniff"


def test_what_is_shipped_fetches_nothing_from_elsewhere_and_names_no_source_map() -> None:
    texts = [path for path in STATIC.rglob("*") if path.suffix in (".js", ".css", ".html", ".svg")]
    assert len(texts) > 8
    for path in texts:
        text = path.read_text()
        assert list(foreign(text)) == [], path
        assert "sourceMappingURL" not in text, path
        if path.suffix == ".html":
            assert "//" not in text.replace("<!--", ""), path


@pytest.mark.parametrize(
    "text",
    [
        'import("https://cdn.example/x.js")',
        "@import '//cdn.example/x.css'",
        "b{background:url(https://cdn.example/x.png)}",
        "new Worker('https://cdn.example/w.js')",
    ],
)
def test_an_address_that_would_be_fetched_is_found(text: str) -> None:
    assert [urlsplit(found).netloc for found in foreign(text)] == ["cdn.example"]


def test_licences_are_kept_beside_what_others_wrote() -> None:
    folders = [path for path in (STATIC / "vendor").iterdir() if path.is_dir()]
    assert len(folders) == 3
    assert all((folder / "LICENSE").stat().st_size > 500 for folder in folders)
    about = (STATIC / "vendor" / "README.md").read_text()
    assert all(f"`{folder.name}`" in about for folder in folders)


async def test_what_others_wrote_is_kept_by_the_browser_and_ours_is_asked_for_anew(installation: Installation) -> None:
    theirs = await read(installation, "/static/vendor/react-18.3.1/react.production.min.js")
    ours = await read(installation, "/static/graphiql.js")
    assert "immutable" in theirs.headers["cache-control"]
    about = await read(installation, "/static/vendor/README.md")
    assert [file.headers["cache-control"] for file in (ours, about)] == ["no-cache", "no-cache"]
    again = await installation.http.get("/static/graphiql.js", headers={"if-none-match": ours.headers["etag"]})
    assert again.status_code == 304


async def test_the_start_says_what_this_is_and_where_to_go(installation: Installation) -> None:
    page = await read(installation, "/")
    told = (await installation.http.get("/", headers={"accept": "application/json"})).json()
    assert told["name"] == "DSPex"
    assert {"/graphql", "/docs", "/openapi.json"} <= told["places"].keys()
    for path, about in told["places"].items():
        assert f'href="{path}"' in page.text
        assert about in page.text
        await read(installation, path)
    assert (await installation.http.get("/api")).json() == told


@pytest.mark.parametrize("path", ["/", "/api"])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
async def test_a_cache_knows_that_the_start_has_two_forms(path: str, accept: str, installation: Installation) -> None:
    answer = await installation.http.get(path, headers={"accept": accept})
    assert answer.headers["content-type"].startswith(accept)
    assert answer.headers["vary"] == "Accept"


async def test_graphiql_can_be_switched_off(installation: Installation) -> None:
    settings = installation.settings.model_copy(update={"graphiql": False})
    transport = httpx.ASGITransport(create_app(DOMAIN, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        assert (await http.get("/graphql", headers=BROWSER)).status_code == 405
        assert "GraphiQL" not in (await http.get("/")).text


@pytest.mark.parametrize(
    "path", ["/redoc", "/docs/oauth2-redirect", "/static/", "/static/../app.py", "/static/none.js"]
)
async def test_nothing_else_is_served_as_a_page(path: str, installation: Installation) -> None:
    assert (await installation.http.get(path, headers=BROWSER)).status_code == 404
