"""Values as ones that tell records apart."""

from __future__ import annotations

from typing import Any

import orjson

from framework.expr.comparing import comparable


def told_by(value: Any) -> Any:
    """The value as the store has it, to be looked up by: a list or an object is its JSON."""
    plain = comparable(value)
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS) if isinstance(plain, list | dict) else plain
