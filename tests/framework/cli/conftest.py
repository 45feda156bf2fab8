"""The command line, run in this process or in one of its own, on a domain that each test writes for itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from framework.cli.main import main
from framework.log_lines import configure_logging, drain

SHOP = '''
"""A shop."""

from uuid import UUID

from framework import Attr, Create, Domain, Read, Resource, attribute, primary_key, verb
from framework.events.extension import EVENTS
from framework.jobs.extension import JOBS
from framework.sql.extension import SQL


class Item(Resource):
    """Something for sale."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute(max_length=80)
    browse = Read()
    add = Create(accept=[name])


async def stock(session):
    """Something has to be for sale."""
    await session.create(Item.add, {"name": "a spoon"})


def greet():
    """Say that the shop is open."""
    print("open")


SHOP = Domain(
    "shop", [Item], [EVENTS, JOBS, SQL],
    after_migrate=[verb("{name}:stock")], commands=[verb("{name}:greet")], migrations="{name}.migrations",
)
'''


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it said to programs, in the last line."""
        return json.loads(self.out.splitlines()[-1])


Run = Callable[..., Said]
Write = Callable[[str], str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs a command in this process."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("COLUMNS", "120")

    def go(*words: str) -> Said:
        with pytest.raises(SystemExit) as end:
            main(words)
        drain()
        said = capsys.readouterr()
        return Said(int(end.value.code or 0), said.out, said.err)

    yield go
    configure_logging("warning")


@pytest.fixture
def write_domain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a package with a domain `SHOP` and has the settings name it; gives the package's name."""

    def write(source: str) -> str:
        name = f"shop_{uuid4().hex[:8]}"
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(source.replace("{name}", name))
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.setenv("DSPEX_DOMAINS", f"{name}:SHOP")
        return name

    return write


@pytest.fixture
def shop(write_domain: Write) -> str:
    """A shop, as somebody would declare it outside of this project."""
    return write_domain(SHOP)
