"""The fenced blocks of a document, in order, and the links in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(.*)$")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
# `cli/main.py` in the text: as seen from the project, from the framework, or alone within the folder spoken of.
NAMED = re.compile(r"`([\w./-]+\.(?:py|md|toml|txt|ini|sql|graphql|jsonl?))`")
SOURCES = ("framework", "resources", "api", "workers", "migrations", "tests")
# `# notes.py` on the first line names the file that a block is the content of.
FILE = re.compile(r"# (\w+\.py)")
# Why a block of that language, or that begins with that line, is not done.
NOT_DONE = {
    "sql": "a question for the database of whoever is on call",
    "text": "a drawing, or what a program prints",
    "make demo": "it is tested as a whole elsewhere, and here only looked for",
    "DSPEX_DOMAINS=resources:PLATFORM,examples.support_triage.domain:SUPPORT dspex up": "it runs beside all the others",
    "export DSPEX_DOMAINS=resources:PLATFORM,examples.support_triage.domain:SUPPORT": "it is served already",
}


@dataclass(frozen=True, slots=True)
class Block:
    """What stands between two fences, and where."""

    document: str
    line: int
    language: str
    text: str

    @property
    def first_line(self) -> str:
        """What it is known by."""
        return self.text.partition("\n")[0]

    @property
    def file(self) -> str | None:
        """The file that it is the content of, if it says so."""
        named = FILE.fullmatch(self.first_line)
        return named and named[1]

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def documents() -> list[Path]:
    """Everything that people read, in this order."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "examples").glob("*/README.md"))]


def blocks_of(document: Path) -> Iterator[Block]:
    """Its fenced blocks, in order."""
    name = document.relative_to(ROOT).as_posix()
    language: str | None = None
    start, lines = 0, list[str]()
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
        fence = FENCE.match(line)
        if fence and language is None:
            language, start, lines = fence[1].strip(), number, []
        elif fence:
            assert language is not None
            yield Block(name, start, language, "\n".join(lines) + "\n")
            language = None
        else:
            lines.append(line)
    assert language is None, f"{name}:{start}: the block has no end"


def reason(block: Block) -> str | None:
    """Why it is not done, if it is not."""
    return NOT_DONE.get(block.first_line) or NOT_DONE.get(block.language)


def links_of(document: Path) -> Iterator[Path]:
    """The files of the project that it leads to."""
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        if "://" not in target:
            yield document.parent / target


def files_named_in(document: Path) -> Iterator[str]:
    """The files that its text names, outside of blocks."""
    yield from NAMED.findall(FENCED.sub("", document.read_text(encoding="utf-8")))


def exists(name: str, document: Path) -> bool:
    """Whether there is a file of that name where the document may mean it."""
    if any((folder / name).exists() for folder in (ROOT, ROOT / "framework", document.parent)):
        return True
    return "/" not in name and any(next((ROOT / folder).rglob(name), None) for folder in SOURCES)
