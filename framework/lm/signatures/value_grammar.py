"""Values in a signature text: JSON, with Python's spelling of true, false, null and single quotes allowed."""

from __future__ import annotations

import math
from typing import Any

from framework.lm.signatures.token_reader import TokenReader
from framework.lm.signatures.tokens import Token, TokenKind

DEEPEST_VALUE = 16

_WORDS: dict[str, bool | None] = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "null": None,
    "None": None,
}


def read_value(reader: TokenReader, *, depth: int = 0) -> Any:
    """One value: a word, a number, a string, a list or an object."""
    if depth > DEEPEST_VALUE:
        reader.refuse(f"values nest at most {DEEPEST_VALUE} deep", code="too_deep")
    if reader.takes("["):
        return _read_list(reader, depth)
    if reader.takes("{"):
        return _read_object(reader, depth)
    token = reader.token
    if token.kind is TokenKind.STRING:
        return reader.take().value
    if token.kind is TokenKind.NUMBER:
        return read_number(reader, reader.take())
    if token.kind is not TokenKind.NAME:
        reader.refuse(f"a value is expected, not {token}")
    if token.text not in _WORDS:
        reader.refuse(f"{token} is no value: a string stands in quotes", hint=f'write "{token.text[:40]}"')
    return _WORDS[reader.take().text]


def read_number(reader: TokenReader, token: Token) -> int | float:
    """The number a word says: an integer unless it has a point or an exponent."""
    if token.text.lstrip("-").isdigit():
        return int(token.text)
    number = float(token.text)
    if not math.isfinite(number):
        reader.refuse(f"{token} is too large", at=token)
    return number


def _read_list(reader: TokenReader, depth: int) -> list[Any]:
    values: list[Any] = []
    while not reader.takes("]"):
        values.append(read_value(reader, depth=depth + 1))
        if not reader.takes(","):
            reader.expect("]", "after the values of a list")
            break
    return values


def _read_object(reader: TokenReader, depth: int) -> dict[str, Any]:
    values: dict[str, Any] = {}
    while not reader.takes("}"):
        name = reader.take()
        if name.kind is not TokenKind.STRING:
            reader.refuse(f"a name in quotes is expected, not {name}", at=name)
        if name.value in values:
            reader.refuse(f"{name} is said twice", at=name)
        reader.expect(":", "after a name in an object")
        values[name.value] = read_value(reader, depth=depth + 1)
        if not reader.takes(","):
            reader.expect("}", "after the values of an object")
            break
    return values
