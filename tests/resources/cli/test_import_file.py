"""Filling a dataset from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from framework.errors import Failure, Invalid
from resources.cli.import_file import import_


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
    assert capsys.readouterr().out == "1 lines, 0 new, 1 known already; good is at version 1\n"


async def test_a_file_that_cannot_be_read(url: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        await import_("good", tmp_path / "nothing.jsonl", url=url)
