"""A reader who does what a document says, block by block, in a folder of their own and against one installation."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGINT
from typing import Any

import httpx

from framework.testing.until import PATIENCE
from resources.cli.stream import follow
from tests.readme.blocks import ROOT, Block

# Where the documents say that the installation answers, which in a test is wherever there was a free port.
SAID = "http://127.0.0.1:8000"
ANSWERS = re.compile(r"http://127\.0\.0\.1:\d+")
OUTPUTS = ("team", "urgency", "confidence")
CURL = Path(__file__).with_name("curl.py")


@dataclass(slots=True)
class Reader:
    """What the reader has at hand: a folder, an environment, and what the last question was answered."""

    folder: Path
    environment: Mapping[str, str]
    url: str = SAID
    answer: Any = None
    # Variables of a later operation: `$id` is the id that was shown last.
    known: dict[str, Any] = field(default_factory=dict)

    async def do(self, block: Block) -> None:
        """Does what the block says; what it is answered can be compared with a JSON block that follows."""
        match block.language:
            case "python":
                await self._python(block)
            case "sh":
                self.answer = _json(await self.shell(block.text.replace(SAID, self.url)))
            case "graphql":
                await self._graphql(block)
            case "json":
                said = json.loads(block.text)
                assert shape(said) == shape(self.answer), f"{block}: {self.answer}"
                assert answered(said) == answered(self.answer), f"{block}: {self.answer}"

    async def shell(self, text: str) -> str:
        """What a script prints; each of its commands has to succeed."""
        return await self._run("sh", "-euc", text)

    async def _python(self, block: Block) -> None:
        if block.file is None:
            await self._run(sys.executable, "-c", block.text)
        else:
            (self.folder / block.file).write_text(block.text, encoding="utf-8")
            await self._run(sys.executable, "-c", COMPILE.format(block.file.removesuffix(".py")))

    async def _graphql(self, block: Block) -> None:
        if block.text.startswith("subscription"):
            items = [item async for item in follow(f"{self.url}/graphql", block.text, dict(self.known))]
            assert items, f"{block}: nothing came"
            self.answer = items
            return
        body = {"query": block.text, "variables": self.known if "$" in block.text else {}}
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            self.answer = (await client.post(f"{self.url}/graphql", json=body)).json()
        assert "errors" not in self.answer, f"{block}: {self.answer}"
        found = list(_all("errors", self.answer["data"]))
        assert all(errors == [] for errors in found), f"{block}: {found}"
        for shown in _all("id", self.answer["data"]):
            self.known["id"] = shown

    async def _run(self, *argv: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *argv,
            cwd=self.folder,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode == 0, f"{argv[-1]}\n{out.decode()}\n{err.decode()}"
        return out.decode()


# Whatever domain a file declares has to be sound.
COMPILE = """
import {0}
from framework import Domain, compile_domain
for found in vars({0}).values():
    if isinstance(found, Domain):
        compile_domain(found)
"""


@asynccontextmanager
async def served(script: str, reader: Reader, environment: Mapping[str, str]) -> AsyncIterator[str]:
    """What the script serves, as long as this is open; the value is where it answers."""
    process = await asyncio.create_subprocess_exec(
        *("sh", "-euc", script),
        cwd=reader.folder,
        env={**reader.environment, **environment},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield await _address(process)
    finally:
        if process.returncode is None:
            os.killpg(process.pid, SIGINT)
        await process.communicate()


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    said = ""
    async for line in process.stderr:
        said += line.decode()
        if found := ANSWERS.search(said):
            return found[0]
    raise AssertionError(f"nothing was served:\n{said}")


def reader_in(folder: Path, **environment: str) -> Reader:
    """A reader who has installed the project: `dspex` is on the PATH, the examples are at hand."""
    programs = folder / "bin"
    programs.mkdir()
    commands = {"dspex": "-P -m framework.cli.main", "stand-in-curl": shlex.quote(str(CURL))}
    if shutil.which("curl") is None:
        commands["curl"] = commands["stand-in-curl"]
    for name, module in commands.items():
        script = programs / name
        script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {module} "$@"\n')
        script.chmod(0o755)
    (folder / "examples").symlink_to(ROOT / "examples")
    own = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "CI": "true",
        **environment,
    }
    return Reader(folder, {name: value for name, value in own.items() if value})


def shape(value: Any) -> Any:
    """What a JSON value is made of: names and types; of a list, its first item alone. Texts and numbers may differ."""
    match value:
        case dict():
            return {name: shape(inner) for name, inner in value.items()}
        case list():
            return [shape(item) for item in value[:1]]
        case bool():
            return "boolean"
        case int() | float():
            return "number"
    return type(value).__name__


def answered(value: Any) -> dict[str, list[Any]]:
    """What the program of the documents has answered, which is the same wherever it is asked."""
    return {name: list(_all(name, value)) for name in OUTPUTS}


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _all(name: str, value: Any) -> Iterator[Any]:
    """Every value of that name, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == name:
                yield inner
            yield from _all(name, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _all(name, inner)
