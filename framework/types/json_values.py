"""Which JSON can be kept and given back as it is: bounded in depth and length, of finite numbers and whole characters.

Whatever the way in, a transport, an import or a model's answer, these bounds are the same. Whoever writes JSON out
again may therefore rely on it: a value that was taken can always be sent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from pydantic import BaseModel

from framework.errors import Issue, Path

DEEPEST = 64
"""How many lists and objects may stand in one another."""
LONGEST_TEXT = 8 * 1024 * 1024
"""How many characters a text within a list or an object may have, an image among them."""
LEAST, MOST = -(2**63), 2**64 - 1
# How they are written.
NOT_FINITE, NUL = b"null", b"\\u0000"
# A name is repeated in what we answer, so not at any length.
LONGEST_STEP = 80


def json_issues(value: Any, path: Path = (), *, deepest: int = DEEPEST) -> Iterator[Issue]:
    """Everything in a value that cannot be kept as JSON, each with the way to it."""
    if not _is_plain(value, deepest) and not _is_sound(value, deepest):
        yield from _issues(value, path, deepest)


def _is_plain(value: object, deepest: int) -> bool:
    """Whether a list or object, as it is written out, shows at once that nothing is wrong with it: most do.

    What is short, in ASCII and with few brackets is within all bounds. A number that is not finite is written as null,
    and whatever cannot be written is looked at closely.
    """
    if not isinstance(value, (dict, list)):
        return False
    try:
        written = orjson.dumps(value)
    except orjson.JSONEncodeError:
        return False
    return (
        len(written) <= LONGEST_TEXT
        and written.isascii()
        and NOT_FINITE not in written
        and NUL not in written
        and written.count(b"[") + written.count(b"{") <= deepest
    )


def _is_sound(value: object, deepest: int) -> bool:
    """Whether nothing is wrong with a value of JSON's own types, however many brackets and nulls are in it."""
    if isinstance(value, str):
        return value.isascii() and len(value) <= LONGEST_TEXT and "\x00" not in value
    if isinstance(value, dict):
        return deepest > 0 and all(
            isinstance(name, str) and _is_sound(name, 0) and _is_sound(item, deepest - 1)
            for name, item in value.items()
        )
    if isinstance(value, list):
        return deepest > 0 and all(_is_sound(item, deepest - 1) for item in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or (isinstance(value, int) and LEAST <= value <= MOST)


def _issues(value: Any, path: Path, deepest: int) -> Iterator[Issue]:
    match value:
        case str():
            yield from _text_issues(value, path)
        case bool() | None:
            return
        case float() if not math.isfinite(value):
            yield Issue("finite_number", "JSON has no number that is not finite", path)
        case int() if not LEAST <= value <= MOST:
            yield Issue("out_of_range", "a whole number in JSON lies between -2⁶³ and 2⁶⁴-1", path)
        case Mapping() | list() | tuple() | set() | frozenset() | BaseModel():
            yield from _issues_within(value, path, deepest)


def _issues_within(value: Any, path: Path, deepest: int) -> Iterator[Issue]:
    if deepest == 0:
        says = f"JSON nests at most {DEEPEST} levels deep"
        yield Issue("too_deep", says, path, {"maximum": DEEPEST})
        return
    if isinstance(value, (Mapping, BaseModel)):
        for name, item in value.items() if isinstance(value, Mapping) else value:
            # What is wrong with a name is told of what has it: the name itself may not be sayable.
            yield from _text_issues(name, path) if isinstance(name, str) else ()
            within = (*path, str(name)[:LONGEST_STEP])
            yield from _length_issues(item, within)
            yield from _issues(item, within, deepest - 1)
        return
    for place, item in enumerate(value):
        yield from _length_issues(item, (*path, place))
        yield from _issues(item, (*path, place), deepest - 1)


def _length_issues(item: Any, path: Path) -> Iterator[Issue]:
    if isinstance(item, str) and len(item) > LONGEST_TEXT:
        says = f"a text within JSON has at most {LONGEST_TEXT} characters"
        yield Issue("string_too_long", says, path, {"maximum": LONGEST_TEXT})


def _text_issues(text: str, path: Path) -> Iterator[Issue]:
    if "\x00" in text:
        yield Issue("nul_character", "a text holds no NUL character", path)
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        yield Issue("string_unicode", "a text holds no half of a surrogate pair", path)
