"""JSON that everything on its way can keep: orjson, Pydantic and the JSONB of Postgres."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json

_NUL = rb"\u0000"


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
