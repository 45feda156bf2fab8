"""JSON as text, read and written so that no number changes on the way."""

from __future__ import annotations

import json
from typing import Any

import orjson

# From twenty digits on a whole number may be more than 64 bits, which orjson reads as a float.
LONG_NUMBER, AS_ZEROS = b"0" * 20, bytes.maketrans(b"0123456789", b"0" * 10)
# Of a value that is kept, and of what stands around it in a request.
DEEPEST = 128


def read_json(text: bytes | str) -> Any:
    """The value that the text says, whole numbers of any length exactly; raises `orjson.JSONDecodeError`.

    It nests so little that whoever goes through it, the slower reader here among them, may do so by recursion.
    """
    content = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    found = orjson.loads(content)
    if content.count(b"[") + content.count(b"{") > DEEPEST and _nests_deeper(found, DEEPEST):
        raise orjson.JSONDecodeError(f"nested too deep: at most {DEEPEST} levels are read", "", 0)
    # A pattern would take ten times as long to look through a large text.
    if LONG_NUMBER not in content.translate(AS_ZEROS):
        return found
    try:
        return json.loads(content)
    except ValueError as error:  # Python reads no number of more than 4,300 digits
        raise orjson.JSONDecodeError(str(error), "", 0) from None


def write_json(value: Any) -> bytes:
    """The value as JSON. What orjson cannot write (deeper than 254, longer than 64 bits) is written all the same."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def _nests_deeper(value: Any, levels: int) -> bool:
    """Whether there are more lists and objects in one another; looked at level by level, so at no depth too deep."""
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(levels):
        level = [
            inner
            for item in level
            for inner in (item.values() if item.__class__ is dict else item)
            if inner.__class__ in (dict, list)
        ]
        if not level:
            return False
    return True
