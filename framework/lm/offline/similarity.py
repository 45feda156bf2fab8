"""How alike two texts are: the cosine of their words, rare words counting more."""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
_ENDINGS = ("ings", "ing", "ers", "er", "ed", "es", "s", "ly")
STOP_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "for",
        "from",
        "get",
        "had",
        "has",
        "have",
        "he",
        "her",
        "his",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "just",
        "me",
        "my",
        "no",
        "not",
        "now",
        "of",
        "on",
        "or",
        "our",
        "out",
        "please",
        "she",
        "so",
        "some",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "they",
        "this",
        "to",
        "too",
        "us",
        "very",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "will",
        "with",
        "would",
        "you",
        "your",
        "hi",
        "hello",
        "thanks",
        "thank",
        "dear",
    ]
)


@lru_cache(maxsize=1024)
def words(text: str) -> tuple[str, ...]:
    """The words of a text that carry meaning, lowered and cut to their stems."""
    return tuple(_stem(word) for word in _WORD.findall(text.lower()) if word not in STOP_WORDS)


def rarity(texts: Iterable[str]) -> Mapping[str, float]:
    """How much each word tells, judged by how few of the texts it occurs in."""
    bags = [set(words(text)) for text in texts]
    frequency = Counter(word for bag in bags for word in bag)
    return {word: math.log((len(bags) + 1) / (count + 0.5)) for word, count in frequency.items()}


def likeness(one: str, other: str, weights: Mapping[str, float]) -> float:
    """The weighted cosine of two texts, from 0 (nothing in common) to 1 (the same words).

    Sets of words are in another order in every process, hence `fsum`: its result does not depend on the order.
    """
    left, right = set(words(one)), set(words(other))
    shared = math.fsum(weights.get(word, 1.0) ** 2 for word in left & right)
    return shared / (_length(left, weights) * _length(right, weights)) if shared else 0.0


def pick(options: Sequence[str], seed: str) -> str:
    """One of the options, always the same for the same seed; Python's own `hash` differs between processes."""
    return options[number(seed) % len(options)]


def number(seed: str) -> int:
    """A number that a text always stands for."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")


def _length(bag: Iterable[str], weights: Mapping[str, float]) -> float:
    return math.sqrt(math.fsum(weights.get(word, 1.0) ** 2 for word in bag))


def _stem(word: str) -> str:
    ending = next((ending for ending in _ENDINGS if word.endswith(ending) and len(word) - len(ending) >= 3), "")
    return word[: len(word) - len(ending)] if ending else word
