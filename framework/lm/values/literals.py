"""Values that a model says as text, read as JSON or as the Python that the prompt asks for, and never guessed at.

DSPy repairs what is neither, by guesses that turn `[1,5; 2,5]` into other numbers and two records into one. Here it is
refused, and the model is asked again.
"""

from __future__ import annotations

import ast
import json
import re
from typing import Any

_FENCE = re.compile(r"```[a-zA-Z]*\n(.*?)\n?```", re.DOTALL)
# Escapes of JSON that Python knows too; any other means something else in one of the two.
_OTHER_ESCAPE = re.compile(r"""\\[^\\'"bfnrtu\n]""")
# Digits in groups, `1,000`, read as the items of a list are other numbers than were meant.
_GROUPED = re.compile(r"(?<![\d.])\d{1,3}(?:,\d{3})+(?!\d)")
# The innermost brackets: what stands in them holds no other list.
_LIST = re.compile(r"[\[({][^\[\](){}]*[\])}]")
_STRING = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""", re.DOTALL)
_WORDS = {"true": True, "false": False, "null": None}
_LONGEST_PYTHON = 200_000


class NotALiteral(ValueError):
    """The text says no value, or may say several."""


def read_literal(text: str) -> Any:
    """The value that a text says; raises NotALiteral."""
    text = _unfenced(text)
    if _GROUPED.search(text) and _has_grouped_digits(text):
        raise NotALiteral("digits in groups cannot be told from the items of a list")
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return _read_python(text)


def within(text: str, opening: str, closing: str) -> str:
    """The text from the first opening bracket to the last closing one, where it has both: prose around is no value."""
    begin, end = text.find(opening), text.rfind(closing)
    return text[begin : end + 1] if 0 <= begin < end else text


def _unfenced(text: str) -> str:
    stripped = text.strip()
    fenced = _FENCE.fullmatch(stripped)
    return fenced[1].strip() if fenced else stripped


def _has_grouped_digits(text: str) -> bool:
    """Whether one and the same list separates digits by a bare comma and items by one with a blank behind it."""
    rest, found = _without_strings(text), 1
    while found:
        if any(", " in items and _GROUPED.search(items) for items in _LIST.findall(rest)):
            return True
        rest, found = _LIST.subn("''", rest)
    return ", " in rest and _GROUPED.search(rest) is not None


def _without_strings(text: str) -> str:
    return _STRING.sub("''", text)


def _read_python(text: str) -> Any:
    if len(text) > _LONGEST_PYTHON or _OTHER_ESCAPE.search(text):
        raise NotALiteral("it is not JSON")
    # Python joins strings that stand side by side; a model has forgotten the comma.
    if re.search(r"''\s*''", _without_strings(text)):
        raise NotALiteral("a comma is missing between two strings")
    try:
        return _value(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        raise NotALiteral("it is neither JSON nor a Python value") from None


def _value(node: ast.expr | None) -> Any:
    match node:
        case ast.Constant(value=str() | int() | float() | bool() | None as value):
            return value
        case ast.Name(id=word) if word in _WORDS:
            return _WORDS[word]
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return list(map(_value, items))
        case ast.Dict(keys=keys, values=values):
            names = (key.id if isinstance(key, ast.Name) else _value(key) for key in keys)
            return dict(zip(names, map(_value, values), strict=True))
    raise NotALiteral("it is no value")
