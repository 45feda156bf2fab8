"""What the documents say, as far as it can be done by itself; and that nothing in them goes unread."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import framework
from framework.cli.command import Command
from framework.cli.main import COMMANDS
from framework.settings import Settings
from resources import PLATFORM
from tests.readme.blocks import NOT_DONE, ROOT, Block, blocks_of, documents, exists, files_named_in, links_of, reason
from tests.readme.reader import Reader, reader_in

DOCUMENTS = documents()


def title(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


# Of library.md the tests of the installed package make a project, and do what it says.
DOCS = [path for path in DOCUMENTS if path.parent.name == "docs" and path.name != "library.md"]
# What needs a running installation is done with README's, or not said in a block.
DONE = {
    "README.md": {"python", "sh", "graphql", "json"},
    "docs/library.md": {"python", "sh", "toml", "ini"},
    "docs/operations.md": {"python", "sh"},
    "examples/support_triage/README.md": {"sh"},
    "others": {"python"},
}


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return reader_in(tmp_path)


@pytest.mark.parametrize("document", DOCS, ids=lambda path: path.name)
async def test_the_python_in_a_document_runs(document: Path, reader: Reader) -> None:
    for block in blocks_of(document):
        if block.language == "python":
            await reader.do(block)


@pytest.mark.parametrize("document", DOCUMENTS, ids=title)
def test_every_block_is_done_or_there_is_a_reason_why_not(document: Path) -> None:
    assert [str(block) for block in blocks_of(document) if reason(block) is None and not is_done(block)] == []


def test_every_reason_is_needed() -> None:
    blocks = [block for document in DOCUMENTS for block in blocks_of(document)]
    assert {why for block in blocks if (why := reason(block))} == set(NOT_DONE.values())


@pytest.mark.parametrize("document", DOCUMENTS, ids=title)
def test_every_row_of_a_table_has_the_cells_of_its_head(document: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.DOTALL | re.MULTILINE)
    tables = re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE)
    rows = [table.splitlines() for table in tables]
    assert [row for head, *others in rows for row in others if cells(row) != cells(head)] == []


def cells(row: str) -> int:
    """How many there are; what stands in code is none."""
    return len(re.findall(r"(?<!\\)\|", re.sub(r"`[^`]*`", "", row)))


@pytest.mark.parametrize("document", DOCUMENTS, ids=title)
def test_every_link_leads_to_a_file(document: Path) -> None:
    assert [str(target) for target in links_of(document) if not target.exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=title)
def test_every_file_that_is_named_exists(document: Path) -> None:
    assert [name for name in files_named_in(document) if not exists(name, document)] == []


def test_the_tables_of_settings_name_each_of_them_once_with_its_default_and_no_other() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = [SETTING_ROW.match(line) for line in text.splitlines()]
    told = [each for row in rows if row for each in zip(names_in(row[1]), defaults_in(row[2]), strict=False)]
    fields = {
        str(field.validation_alias or f"DSPEX_{name.upper()}"): default_of(field.default)
        for name, field in Settings.model_fields.items()
    }
    assert sorted(name for row in rows if row for name in names_in(row[1])) == sorted(fields)
    assert [f"{name} is {fields[name]}" for name, default in told if fields[name] not in (default, None)] == []


SETTING_ROW = re.compile(r"\| (`(?:DSPEX_|DATABASE_URL|REDIS_URL|CI`).*?) \| (.*?) \|")
# Those that say something else where nothing is set.
WORDED = {"resources:PLATFORM": "resources:PLATFORM", "": None, "()": "[]"}


def names_in(cell: str) -> list[str]:
    """The variables of a row."""
    return re.findall(r"`(\w+)`", cell)


def defaults_in(cell: str) -> list[str]:
    """Their defaults, in the same order."""
    return re.findall(r"`([^`]*)`", cell)


def default_of(value: object) -> str | None:
    """As a table says it; None where it says in words what is done."""
    if isinstance(value, bool):
        return str(value).lower()
    plain = f"{value:g}" if isinstance(value, float) else str(value)
    return None if value is None else WORDED.get(plain, plain)


def test_every_command_is_named() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    commands = [Command(each).name for each in (*COMMANDS, *PLATFORM.commands)]
    assert [name for name in commands if f"`{name}`" not in text and f"`{name} " not in text] == []


def test_every_word_of_the_front_door_is_used_or_explained() -> None:
    text = (ROOT / "docs" / "declaring.md").read_text(encoding="utf-8")
    assert [word for word in framework.__all__ if not re.search(rf"\b{word}\b", text)] == []


def is_done(block: Block) -> bool:
    return block.language in DONE.get(block.document, DONE["others"])
