"""The pages as people see them, in a browser that reaches nothing but this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import quote, urlsplit

import pytest
import uvicorn

from framework.testing.until import until
from tests.api.browser import INSTALLED, Tab, tab
from tests.installation.installation import Installation
from tests.installation.making import a_program

pytestmark = pytest.mark.skipif(INSTALLED is None, reason="no Chromium is installed")


@pytest.fixture(scope="module")
async def url(installation: Installation) -> AsyncIterator[str]:
    """The application on a port of its own."""
    server = uvicorn.Server(
        uvicorn.Config(installation.app, port=0, lifespan="off", ws="websockets-sansio", log_level="warning")
    )
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest.fixture
async def page() -> AsyncIterator[Tab]:
    """A browser; in the end it must have asked this machine alone, and have complained of nothing."""
    async with tab() as opened:
        yield opened
        assert {urlsplit(address).hostname for address in opened.requests if "data:" not in address[:5]} == {
            "127.0.0.1"
        }
        assert opened.complaints == []


RUN = "document.querySelector('.graphiql-execute-button').click()"


async def test_graphiql_asks_and_shows_the_answer(page: Tab, url: str) -> None:
    await page.open(f"{url}/graphql?query={quote('{ programs(first: 1) { totalCount } }')}")
    await page.shows("totalCount", within=".graphiql-query-editor")
    await page.run(RUN)
    await page.shows('"programs"', within=".result-window")
    await page.run("document.querySelector('[aria-label=\"Show Documentation Explorer\"]').click()")
    await page.shows("Root Types", within=".graphiql-doc-explorer")


async def test_graphiql_subscribes_and_shows_each_item(page: Tab, url: str, installation: Installation) -> None:
    asked = "subscription { programChanged { cursor action id } }"
    await page.open(f"{url}/graphql?query={quote(asked)}")
    await page.shows("programChanged", within=".graphiql-query-editor")
    await page.run(RUN)

    async def subscribed() -> bool:
        return any(address.startswith("ws://") for address in page.requests)

    await until(subscribed)
    await asyncio.sleep(0.5)
    program = await a_program(installation.rest)
    await page.shows(str(program["id"]), within=".result-window")


async def test_the_rest_api_is_explained_and_can_be_tried(page: Tab, url: str) -> None:
    await page.open(f"{url}/docs")
    await page.shows("/api/programs/route-ticket/execute")
    await page.run("document.querySelector('#operations-health-healthz_healthz_get button').click()")
    await page.shows("Try it out")
    await page.run("document.querySelector('.try-out__btn').click()")
    await until_there(page, ".execute")
    await page.run("document.querySelector('.execute').click()")
    await page.shows('"status": "ok"', within=".live-responses-table")


async def test_the_start_leads_to_both(page: Tab, url: str) -> None:
    await page.open(url)
    await page.shows("DSPex")
    assert await page.run("[...document.links].map(each => each.pathname).slice(0, 2)") == ["/graphql", "/docs"]


async def until_there(page: Tab, selector: str) -> None:
    async def there() -> bool:
        return bool(await page.run(f"document.querySelector({selector!r}) !== null"))

    await until(there)
