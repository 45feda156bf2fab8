"""The passages that questions are answered from, and the tool that finds them."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("passages.jsonl")
_WORD = re.compile(r"[a-z]+")


def find(query: str, k: int = 3) -> list[str]:
    """Find the passages that share most words with the query."""
    wanted = _words(query)
    ranked = sorted(_passages(), key=lambda passage: (-len(wanted & _words(passage)), passage))
    return ranked[:k]


@cache
def _passages() -> tuple[str, ...]:
    read = map(json.loads, FILE.read_text(encoding="utf-8").splitlines())
    return tuple(f"{passage['title']}: {passage['text']}" for passage in read)


def _words(text: str) -> frozenset[str]:
    """Its words of four letters and more, which are mostly those that matter."""
    return frozenset(word for word in _WORD.findall(text.lower()) if len(word) > 3)
