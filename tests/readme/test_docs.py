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
def test_every_link_leads_to_a_file(document: Path) -> None:
    assert [str(target) for target in links_of(document) if not target.exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=title)
def test_every_file_that_is_named_exists(document: Path) -> None:
    assert [name for name in files_named_in(document) if not exists(name, document)] == []


def test_every_setting_is_explained() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    named = {name: field.validation_alias or f"DSPEX_{name.upper()}" for name, field in Settings.model_fields.items()}
    assert [variable for variable in named.values() if f"`{variable}`" not in text] == []


def test_every_command_is_named() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    commands = [Command(each).name for each in (*COMMANDS, *PLATFORM.commands)]
    assert [name for name in commands if f"`{name}`" not in text and f"`{name} " not in text] == []


def test_every_word_of_the_front_door_is_used_or_explained() -> None:
    text = (ROOT / "docs" / "declaring.md").read_text(encoding="utf-8")
    assert [word for word in framework.__all__ if not re.search(rf"\b{word}\b", text)] == []


def is_done(block: Block) -> bool:
    return block.language in DONE.get(block.document, DONE["others"])
