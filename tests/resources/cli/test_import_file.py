"""Filling a dataset from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from framework.errors import Failure, Invalid
from resources.cli.import_file import import_
from resources.cli.server import connected


async def test_bad_lines_are_told_by_their_numbers(url: str, three_lines: Path) -> None:
    with pytest.raises(Failure) as refused:
        await import_("broken", three_lines, url=url)
    assert [issue.message.partition(":")[0].partition(",")[0] for issue in refused.value.issues] == [
        "line 2 is not JSON",
        "line 3",
    ]


async def test_good_lines_are_added_once(url: str, one_line: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await import_("good", one_line, url=url, json=True)
    report = json.loads(capsys.readouterr().out)
    assert (report["lines"], report["added"], report["version"]) == (1, 1, 1)

    await import_("good", one_line, url=url)
    assert capsys.readouterr().out == "1 lines, 0 new, 0 corrected, 1 known already; good is at version 1\n"


async def test_a_file_that_cannot_be_read(url: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        await import_("good", tmp_path / "nothing.jsonl", url=url)


async def test_lines_that_are_refused_leave_no_dataset(url: str, three_lines: Path) -> None:
    with pytest.raises(Failure):
        await import_("left-over", three_lines, url=url)
    async with connected(url) as server:
        assert await server.first("datasets", "id", name="left-over") is None


async def test_a_byte_order_mark_is_no_part_of_the_first_line(url: str, marked_line: Path) -> None:
    await import_("marked", marked_line, url=url)


async def test_a_file_in_another_encoding_is_told_by_its_byte(url: str, tmp_path: Path) -> None:
    file = tmp_path / "latin.jsonl"
    file.write_bytes(b'{"inputs": {"q": "caf\xe9"}}')
    with pytest.raises(Invalid, match="is not UTF-8 text: byte 21 is 0xe9"):
        await import_("good", file, url=url)


async def test_a_file_that_is_too_large_for_a_request_is_told_so(url: str, tmp_path: Path) -> None:
    file = tmp_path / "large.jsonl"
    file.write_text(json.dumps({"inputs": {"q": "x" * 17_000_000}, "labels": {"a": "y"}}))
    with pytest.raises(Failure) as refused:
        await import_("large", file, url=url)
    assert refused.value.issues[0].code == "body_too_large"
