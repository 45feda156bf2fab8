"""What Pydantic found wrong with a payload, in our words; a value itself is never repeated, it may be private."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from framework.errors import Issue, Path
from framework.wording import in_words

_NOT_A = {
    "string_type": "text",
    "int_type": "an integer",
    "int_parsing": "an integer",
    "int_from_float": "an integer",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "date_type": "a date",
    "datetime_type": "a date and time",
}
_NOT_WRITTEN_AS = {
    "date_parsing": "a date (YYYY-MM-DD)",
    "date_from_datetime_parsing": "a date (YYYY-MM-DD)",
    "date_from_datetime_inexact": "a date (YYYY-MM-DD)",
    "datetime_parsing": "a date and time (ISO 8601)",
    "datetime_from_date_parsing": "a date and time (ISO 8601)",
    "string_pattern_mismatch": "the http(s) address of an image, nor an image as `data:image/…;base64,…`",
}
_LIMITS = {
    "string_too_short": ("too_short", "has fewer than {min_length} characters"),
    "string_too_long": ("too_long", "has more than {max_length} characters"),
    "too_short": ("too_short", "has fewer than {min_length} items"),
    "too_long": ("too_long", "has more than {max_length} items"),
    "greater_than_equal": ("out_of_range", "is less than {ge}"),
    "less_than_equal": ("out_of_range", "is greater than {le}"),
    "literal_error": ("not_allowed", "is none of {expected}"),
}
_KEPT = ("min_length", "max_length", "ge", "le", "expected")


def issues_of(error: ValidationError, side: str, names: Sequence[str]) -> Iterator[Issue]:
    """One issue for each fault; `side` is `inputs` or `outputs`, and begins the path."""
    for fault in error.errors(include_url=False, include_input=False):
        path = (side, *fault["loc"])
        if fault["type"] == "extra_forbidden":
            yield _unknown(path, names)
        else:
            code, message = _code_and_message(fault)
            limits = {name: limit for name, limit in fault.get("ctx", {}).items() if name in _KEPT}
            yield Issue(code, f"`{dotted(path[1:]) or side}` {message}", path, limits)


def _code_and_message(fault: Any) -> tuple[str, str]:
    kind = fault["type"]
    if kind == "missing":
        return "missing", "is missing"
    if kind in _NOT_A:
        return "wrong_type", f"is not {_NOT_A[kind]}"
    if kind in _NOT_WRITTEN_AS:
        return "wrong_format", f"is not {_NOT_WRITTEN_AS[kind]}"
    if kind == "finite_number":
        return "out_of_range", "is not a finite number"
    if kind in _LIMITS:
        code, message = _LIMITS[kind]
        return code, message.format(**fault["ctx"])
    return "invalid", in_words(fault)


def _unknown(path: Path, names: Sequence[str]) -> Issue:
    name = str(path[-1])[:64]
    if len(path) > 2:
        return Issue("unknown_field", f"`{dotted(path[1:-1])}` has no part `{name}`", path)
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"the {path[0]} are {', '.join(names)}"
    return Issue(f"unknown_{str(path[0])[:-1]}", f"there is no {str(path[0])[:-1]} `{name}`", path, {}, hint)


def dotted(path: Path) -> str:
    """`customer.addresses[2].city`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")
