"""The words of a signature text, each with the place it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from framework.errors import Invalid, Issue

LONGEST_TEXT = 20_000  # bytes of UTF-8
LONGEST_NUMBER = 40


class TokenKind(StrEnum):
    """The kinds of words; `END` follows the last one."""

    NAME = "name"
    NUMBER = "number"
    STRING = "string"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One word: its text as written, its offset, and the value of a string."""

    kind: TokenKind
    text: str
    at: int
    value: str = ""

    def __str__(self) -> str:
        return "the end" if self.kind is TokenKind.END else f"`{self.text[:40]}`"


# Every alternative reads a character once, so reading is linear in the length of the text.
_WORD = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)"""
    r"""|(?P<name>[^\W\d]\w*)"""
    r"""|(?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"""
    r"""|(?P<sign>->|\.\.|[:,=|\[\]{}])"""
    r"""|(?P<string>"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*')"""
)
_ESCAPE = re.compile(r"""\\(?:(?P<plain>["'\\/bfnrt])|(?P<units>u[0-9a-fA-F]{4}(?:\\u[0-9a-fA-F]{4})*)|(?P<bad>.))""")


def tokens(text: str) -> Iterator[Token]:
    """The words of a text, white space and comments left out; raises Invalid at what is no word."""
    if len(text.encode("utf-8", "surrogatepass")) > LONGEST_TEXT:
        message = f"the text is too long: at most {LONGEST_TEXT} bytes"
        raise Invalid(message, code="too_long", params={"maximum": LONGEST_TEXT})
    at = 0
    while at < len(text):
        found = _WORD.match(text, at)
        if found is None:
            raise Invalid.of([_no_word(text, at)])
        if found.lastgroup != "space":
            yield _token(TokenKind(str(found.lastgroup)), found.group(), at, text)
        at = found.end()
    yield Token(TokenKind.END, "", len(text))


def issue_at(text: str, at: int, code: str, message: str, *, hint: str | None = None) -> Issue:
    """A mistake with its place in the text, drawn under the line it stands on."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    line, column = text.count("\n", 0, at) + 1, at - start + 1
    shown = text[start : len(text) if end < 0 else end]
    return Issue(code, f"{message}\n{_excerpt(shown, column)}", (), {"line": line, "column": column}, hint)


def _excerpt(line: str, column: int) -> str:
    """At most 100 characters of the line, the caret under the column."""
    first = max(0, column - 61)
    shown = "".join(" " if character.isspace() else character for character in line[first : first + 100])
    return f"  {shown}\n  {' ' * (column - 1 - first)}^"


def _token(kind: TokenKind, word: str, at: int, text: str) -> Token:
    if kind is TokenKind.STRING:
        return Token(kind, word, at, _unquoted(word, at, text))
    if kind is TokenKind.NUMBER and len(word) > LONGEST_NUMBER:
        raise Invalid.of([issue_at(text, at, "syntax", f"a number has at most {LONGEST_NUMBER} characters")])
    return Token(kind, word, at)


def _unquoted(word: str, at: int, text: str) -> str:
    """What a quoted string says; the escapes are those of JSON and the single quote."""

    def replaced(escape: re.Match[str]) -> str:
        if escape["bad"]:
            message = f"`{escape.group()}` is no escape: write `\\\\` for a backslash"
            raise Invalid.of([issue_at(text, at + 1 + escape.start(), "syntax", message)])
        return "'" if escape["plain"] == "'" else str(json.loads(f'"{escape.group()}"'))

    return _ESCAPE.sub(replaced, word[1:-1])


def _no_word(text: str, at: int) -> Issue:
    character = text[at]
    if character in "\"'":
        return issue_at(text, at, "syntax", "the string is not closed on its line")
    if character == "(":
        return issue_at(text, at, "syntax", "nothing is called here: a type is a name, a list or an object")
    return issue_at(text, at, "syntax", f"`{character}` has no meaning here")
