"""A browser without internet, told what to do by its debugging protocol."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from framework.testing.until import until

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
INSTALLED = next((found for name in NAMES if (found := shutil.which(name))), None)
# No name but the machine's own leads anywhere, and nothing is asked for in the background.
WITHOUT_INTERNET = ("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--disable-background-networking")
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")


class Tab:
    """One page, what it has asked for, and what it complained of."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self.requests: list[str] = []
        self.complaints: list[str] = []

    async def open(self, url: str) -> None:
        """Goes there."""
        for name in ("Page", "Network", "Runtime", "Log"):
            await self.send(f"{name}.enable")
        await self.send("Page.navigate", url=url)

    async def run(self, script: str) -> Any:
        """What the expression is worth in the page."""
        answer = await self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return answer["result"].get("value")

    async def shows(self, text: str, *, within: str = "body") -> None:
        """Waits until the text stands there."""

        async def seen() -> bool:
            return text in str(await self.run(f"document.querySelector({within!r})?.textContent"))

        await until(seen)

    async def send(self, method: str, **params: Any) -> Any:
        """One command, and its answer."""
        number = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        return await self._answers[number]

    async def listen(self) -> None:
        """Takes what the browser says, until it is closed."""
        async for message in self._socket:
            said = json.loads(message)
            match said.get("method"):
                case None:
                    self._answers.pop(said["id"]).set_result(said.get("result", said.get("error")))
                case "Network.requestWillBeSent":
                    self.requests.append(said["params"]["request"]["url"])
                case "Network.webSocketCreated":
                    self.requests.append(said["params"]["url"])
                case "Log.entryAdded":
                    self.complaints.append(said["params"]["entry"]["text"])
                case "Runtime.exceptionThrown":
                    self.complaints.append(json.dumps(said["params"]["exceptionDetails"]))


@asynccontextmanager
async def tab() -> AsyncIterator[Tab]:
    """A page of a browser of its own."""
    assert INSTALLED is not None
    profile = Path(tempfile.mkdtemp(prefix="dspex-browser-"))
    argv = (INSTALLED, *OPTIONS, *WITHOUT_INTERNET, "--remote-debugging-port=0", f"--user-data-dir={profile}")
    nothing = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*argv, "about:blank", stdout=nothing, stderr=nothing)
    try:
        async with connect(await _address(profile), max_size=None) as socket:
            page = Tab(socket)
            listening = asyncio.create_task(page.listen())
            yield page
            listening.cancel()
    finally:
        process.kill()
        await process.wait()
        shutil.rmtree(profile, ignore_errors=True)


async def _address(profile: Path) -> str:
    """Where the page is told what to do."""
    found = profile / "DevToolsActivePort"

    async def told() -> bool:
        return found.exists() and len(found.read_text().splitlines()) == 2

    await until(told)
    port = found.read_text().splitlines()[0]
    async with httpx.AsyncClient(trust_env=False) as http:
        pages = (await http.get(f"http://127.0.0.1:{port}/json/list")).json()
    return next(str(page["webSocketDebuggerUrl"]) for page in pages if page["type"] == "page")
