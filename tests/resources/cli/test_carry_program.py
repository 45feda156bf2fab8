"""Carrying what a program has learned in from plain DSPy and out to it, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from framework.errors import Failure, Invalid, NotFound
from resources.cli.carry_program import export_program, import_program
from resources.cli.server import connected
from tests.installation.making import unique

SIGNATURE = """mutation ($input: CreateSignatureInput!) {
    createSignature(input: $input) { signature { id } errors { message } }
}"""
PROGRAM = """mutation ($input: CreateProgramInput!) {
    createProgram(input: $input) { program { slug } errors { message } }
}"""


@pytest.fixture
async def program(url: str) -> str:
    """The slug of a program of its own."""
    name = unique("carried")
    async with connected(url) as server:
        contract = await server.act(SIGNATURE, input={"name": name, "text": "ticket -> team"})
        await server.act(PROGRAM, input={"slug": name, "name": name, "signatureId": contract["id"]})
    return name


async def live_number(url: str, program: str) -> int:
    async with connected(url) as server:
        found = await server.named("programs", "liveNumber", slug=program)
    return int(found["liveNumber"])


async def exported(url: str, program: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    await export_program(program, url=url)
    state: dict[str, Any] = orjson.loads(capsys.readouterr().out)
    return state


async def test_a_program_goes_out_and_comes_back_in(
    url: str, program: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = await exported(url, program, capsys)
    state["signature"]["instructions"] = "Route it, please."
    file = tmp_path / "x.json"
    file.write_bytes(orjson.dumps(state))
    before = await live_number(url, program)
    await import_program(file, program=program, url=url, json=True)
    report = orjson.loads(capsys.readouterr().out)
    assert report["notes"] == []
    assert await live_number(url, program) == before
    assert await exported(url, program, capsys) != state
    await import_program(file, program=program, promote=True, url=url)
    assert "which answers now" in capsys.readouterr().out
    assert await live_number(url, program) == report["number"] + 1
    again = tmp_path / "again.json"
    await export_program(program, file=again, url=url)
    assert orjson.loads(again.read_bytes()) == state


async def test_the_file_of_another_program_is_refused(
    url: str, program: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = await exported(url, program, capsys)
    file = tmp_path / "x.json"
    file.write_bytes(orjson.dumps({"generate": {name: state[name] for name in ("demos", "signature")}}))
    with pytest.raises(Failure) as refused:
        await import_program(file, program=program, url=url)
    assert [issue.code for issue in refused.value.issues] == ["unknown_part"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [("x.pkl", b"\x80\x04.", "pickle"), ("x.json", b'{"demos": [NaN]}', "bad_json"), ("x.json", None, "bad_file")],
)
async def test_a_file_that_is_not_read(tmp_path: Path, name: str, content: bytes | None, code: str) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Invalid) as refused:
        await import_program(file, program="any", url="http://127.0.0.1:1")
    assert refused.value.issues[0].code == code


async def test_a_program_that_is_not_there(url: str, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(b"{}")
    with pytest.raises(NotFound):
        await import_program(file, program="nobody", url=url)
    with pytest.raises(NotFound):
        await export_program("nobody", url=url)
