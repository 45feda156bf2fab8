"""JSON that everything on its way can keep: orjson, Pydantic and the JSONB of Postgres."""

from __future__ import annotations

import math
import re
from typing import Any

from pydantic_core import to_json

from framework.types.json_values import DEEPEST, LEAST, MOST

_LONGEST_NUMBER = 100
_NUL = rb"\u0000"
_UNKEPT = re.compile("[\x00\ud800-\udfff]")


class NotKept(ValueError):
    """The value cannot be written as JSON, or Postgres refuses the JSON: its text holds no NUL."""


def kept_json(value: Any) -> bytes:
    """The value as JSON; a NaN stays one, so that the type at fault can refuse it by its own name."""
    try:
        text = to_json(value, inf_nan_mode="constants")
    except ValueError as error:
        raise NotKept("it cannot be written as JSON") from error
    # An escaped backslash before `u0000` is no NUL.
    if _NUL in text and _NUL in text.replace(rb"\\", b""):
        raise NotKept("it holds a NUL character")
    return text


def cleaned(value: Any, *, deepest: int = DEEPEST) -> Any:
    """A JSON value that can be kept: a sign that cannot is U+FFFD, a NaN nothing, a number too long text."""
    match value:
        case str():
            return _UNKEPT.sub("\ufffd", value)
        case float() if not math.isfinite(value):
            return None
        case int() if not LEAST <= value <= MOST:
            return str(value)[:_LONGEST_NUMBER]
        case dict() | list() | tuple() if deepest == 0:
            return "…"
        case dict():
            return {cleaned(str(name)): cleaned(part, deepest=deepest - 1) for name, part in value.items()}
        case list() | tuple():
            return [cleaned(part, deepest=deepest - 1) for part in value]
        case _:
            return value
