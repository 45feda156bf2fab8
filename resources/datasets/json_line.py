"""One line of JSON, read as RFC 8259 has it: what others would refuse, or read as something else, is refused here."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

DEEPEST = 64
MOST_DIGITS = 19  # of an integer of 64 bits


class BadLine(ValueError):
    """The line is not JSON, or not such JSON as can be kept; says why."""


def read_json_line(text: str) -> Any:
    """The value that a line holds; raises BadLine."""
    try:
        value = json.loads(
            text, parse_constant=_constant, parse_int=_integer, parse_float=_number, object_pairs_hook=_object
        )
    except json.JSONDecodeError as error:
        raise BadLine(f"is not JSON: {error.msg} at column {error.colno}") from None
    except RecursionError:
        raise BadLine(f"nests more than {DEEPEST} deep") from None
    if _depth(value) > DEEPEST:
        raise BadLine(f"nests more than {DEEPEST} deep")
    return value


def _constant(word: str) -> NoReturn:
    raise BadLine(f"is not JSON: {word} is no number there")


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > MOST_DIGITS:
        raise BadLine(f"holds the integer {digits[:12]}…, which has more than {MOST_DIGITS} digits")
    return int(digits)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise BadLine(f"holds the number {text[:24]}, which is too large")
    return number


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Readers of JSON disagree about which of two values under one name counts."""
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name in values:
            raise BadLine(f"says {json.dumps(name[:64])} twice in one object")
        values[name] = value
    return values


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [inner for outer in level for inner in _inside(outer)]
    return depth


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
