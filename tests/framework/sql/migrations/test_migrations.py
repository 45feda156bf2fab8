"""Migrations as a program runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.compiler.domain import compile_domain
from framework.sql.migrations.migrations import Migrations
from tests.framework.ten_lines import NOTES


async def test_writing_a_step_prints_nothing(
    fresh_database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = await Migrations(compile_domain(NOTES), fresh_database_url, {"notes": tmp_path}).revision("notes")
    assert written is not None
    assert capsys.readouterr().out == ""
