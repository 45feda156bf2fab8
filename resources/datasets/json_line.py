"""One line of JSON, read as RFC 8259 has it: what others would refuse, or read as something else, is refused here."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from framework.types.json_values import DEEPEST

# Python reads integers of some thousand digits at most; so many are out of range whatever follows.
_DIGITS_READ = 40


class BadLine(ValueError):
    """The line is not JSON; says why."""


def read_json_line(text: str) -> Any:
    """The value that a line holds; raises BadLine. Whether it can be kept is for `json_issues` to say."""
    try:
        return _READER.decode(text)
    except json.JSONDecodeError as error:
        raise BadLine(f"is not JSON: {error.msg} at column {error.colno}") from None
    except RecursionError:
        raise BadLine(f"nests more than {DEEPEST} deep") from None


def _constant(word: str) -> NoReturn:
    raise BadLine(f"is not JSON: {word} is no number there")


def _integer(digits: str) -> int:
    return int(digits[:_DIGITS_READ])


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Readers of JSON disagree about which of two values under one name counts."""
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name in values:
            raise BadLine(f"says {json.dumps(name[:64])} twice in one object")
        values[name] = value
    return values


# Made once: a file has a hundred thousand lines.
_READER = json.JSONDecoder(parse_constant=_constant, parse_int=_integer, object_pairs_hook=_object)
