"""What README says, done as it stands there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.readme.blocks import ROOT, Block, blocks_of, reason
from tests.readme.reader import Reader, reader_in, served, shape

README = ROOT / "README.md"
SERVING = "dspex up"


@pytest.fixture
async def reader(
    make_database: Callable[..., Awaitable[str]], redis_url: str, short_dir: Path
) -> AsyncIterator[Reader]:
    """A reader who served the platform as README says; what they declare themselves has a database of its own."""
    (script,) = (block.text for block in blocks_of(README) if SERVING in block.text and block.language == "sh")
    given = {"DATABASE_URL": await make_database(), "DSPEX_DATA_DIR": str(short_dir / "data"), "DSPEX_PORT": "0"}
    own = {"DATABASE_URL": await make_database(), "PLATFORM_URL": given["DATABASE_URL"]}
    reader = reader_in(short_dir, REDIS_URL=redis_url, **own)
    async with served(script, reader, given) as url:
        reader.url = url
        reader.environment = {**reader.environment, "DSPEX_URL": url}
        yield reader


async def test_everything_in_it_works_in_the_order_it_stands(reader: Reader) -> None:
    for block in blocks_of(README):
        if reason(block) is None:
            await reader.do(block)
    await the_curl_of_these_tests_answers_as_curl_does(reader)
    await the_commands_in_other_documents_work(reader)


async def the_curl_of_these_tests_answers_as_curl_does(reader: Reader) -> None:
    """Where there is a real one, that has run by now."""
    for block in (each for each in blocks_of(README) if each.text.startswith("curl")):
        await reader.do(block)
        answered = reader.answer
        await reader.do(Block(block.document, block.line, "sh", block.text.replace("curl", "stand-in-curl", 1)))
        assert shape(reader.answer) == shape(answered)


async def the_commands_in_other_documents_work(reader: Reader) -> None:
    """On the installation that README has led to."""
    reader.environment = {**reader.environment, "DATABASE_URL": reader.environment["PLATFORM_URL"]}
    for name in ("docs/operations.md", "examples/support_triage/README.md"):
        for block in blocks_of(ROOT / name):
            if block.language == "sh" and reason(block) is None:
                await reader.do(block)


async def test_the_two_commands_are_there() -> None:
    (commands,) = (block.text.split("\n") for block in blocks_of(README) if block.text.startswith("make "))
    for command in filter(None, commands):
        # Told what it would do, make does nothing.
        process = await asyncio.create_subprocess_exec(*command.split(), "-n", cwd=ROOT, stdout=asyncio.subprocess.PIPE)
        said, _ = await process.communicate()
        assert process.returncode == 0
        assert b".venv/bin" in said


def test_the_declared_program_is_that_of_the_example() -> None:
    (block,) = (each for each in blocks_of(README) if "DeclaredProgram" in each.text)
    assert (ROOT / "examples/support_triage/triage_ticket.py").read_text().endswith(block.text)
