"""What the lines of a file change in a dataset: examples that are new, corrected or as they were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from framework.errors import Issue
from framework.lm.metrics.metric_kinds import MetricKind, compare
from resources.datasets.example import Split
from resources.datasets.example_lines import ReadLine


@dataclass(frozen=True, slots=True)
class HeldExample:
    """An example of the dataset's present version."""

    id: UUID
    key: str
    inputs: Mapping[str, Any]
    labels: Mapping[str, Any]
    split: Split
    content_hash: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A line, and the example it is about: None where it is a new one."""

    line: ReadLine
    held: HeldExample | None

    @property
    def key(self) -> str:
        """The key it has, said or not."""
        return self.held.key if self.held else self.line.key or key_of(self.line.content_hash)

    @property
    def split(self) -> Split:
        """The split it is in: an example stays where it is."""
        return self.line.split or (self.held.split if self.held else _split(self.line.content_hash))

    @property
    def is_unchanged(self) -> bool:
        """Whether the line says what the dataset holds."""
        return self.held is not None and all(
            compare(MetricKind.EXACT, said, held) == 1.0
            for said, held in ((self.line.inputs, self.held.inputs), (self.line.labels, self.held.labels))
        )


def key_of(content_hash: str) -> str:
    """The key of an example that was given none."""
    return content_hash[:16]


def entries_of(lines: Sequence[ReadLine], held: Sequence[HeldExample]) -> list[Entry]:
    """Which example each line is about: that of its key, or, where it says none, that of its inputs."""
    by_key = {example.key: example for example in held}
    named = {line.number: by_key[line.key] for line in lines if line.key in by_key}
    # Inputs that a line replaces no longer belong to the example that had them.
    replaced = {
        named[line.number].content_hash
        for line in lines
        if line.number in named and named[line.number].content_hash != line.content_hash
    }
    by_content = {example.content_hash: example for example in held if example.content_hash not in replaced}
    return [
        Entry(line, named.get(line.number) if line.key is not None else by_content.get(line.content_hash))
        for line in lines
    ]


def issues_of(entries: Sequence[Entry], held: Sequence[HeldExample]) -> list[Issue]:
    """What would not be a sound dataset: keys and inputs that stand twice, or move from one split to another."""
    return [*_moved(entries), *_same_keys(entries, held), *_same_inputs(entries, held)]


def _moved(entries: Iterable[Entry]) -> Iterator[Issue]:
    """What was learned from would be judged by."""
    for entry in entries:
        if entry.held is not None and entry.split is not entry.held.split:
            yield _leak(entry, entry.held.split, f"example `{entry.held.key}` of the dataset")


def _same_keys(entries: Iterable[Entry], held: Iterable[HeldExample]) -> Iterator[Issue]:
    seen: dict[str, ReadLine] = {}
    known = {example.key for example in held}
    for entry in entries:
        line, first = entry.line, seen.setdefault(entry.key, entry.line)
        if entry.held is None and entry.key in known:
            message = f"line {line.number}: the dataset has an example `{entry.key}` of other inputs; give it a `key`"
            yield Issue("taken", message, ("content", line.number))
        # Equal inputs, which may have made equal keys, are a mistake of their own.
        elif first is not line and first.content_hash != line.content_hash:
            message = f"line {line.number}: the key `{entry.key}` stands in line {first.number} too"
            yield Issue("repeated_key", message, ("content", line.number, "key"))


def _same_inputs(entries: Sequence[Entry], held: Iterable[HeldExample]) -> Iterator[Issue]:
    about = {entry.held.id for entry in entries if entry.held is not None}
    seen = {
        example.content_hash: (example.split, f"example `{example.key}` of the dataset")
        for example in held
        if example.id not in about
    }
    for entry in entries:
        mine = f"line {entry.line.number}"
        split, where = seen.setdefault(entry.line.content_hash, (entry.split, mine))
        if split is not entry.split:
            yield _leak(entry, split, where)
        elif where != mine:
            message = f"{mine}: these inputs are those of {where}, but for case and spaces at most"
            yield Issue("repeated_inputs", message, ("content", entry.line.number))


def _leak(entry: Entry, split: Split, where: str) -> Issue:
    message = f"line {entry.line.number}: these inputs are in split `{split}` already ({where})"
    return Issue("split_leak", message, ("content", entry.line.number), {"split": str(split)})


def _split(digest: str) -> Split:
    """Six tenths to learn from, two to choose by, two to judge by; the same content always falls alike."""
    share = int(digest[:8], 16) / 0xFFFFFFFF
    return Split.TRAIN if share < 0.6 else Split.VALIDATION if share < 0.8 else Split.TEST
