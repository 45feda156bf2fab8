"""JSON as text, read and written so that no number changes on the way."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

# From twenty digits on a whole number may be more than 64 bits, which orjson reads as a float.
LONG_NUMBER = re.compile(rb"\d{20}")


def read_json(text: bytes | str) -> Any:
    """The value that the text says, whole numbers of any length exactly; raises `orjson.JSONDecodeError`."""
    content = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    found = orjson.loads(content)
    if not LONG_NUMBER.search(content):
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
