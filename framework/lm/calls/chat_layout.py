"""DSPy's chat layout, read: `[[ ## name ## ]]` before each value. What is written follows DSPy; what models make of it
does not always, and DSPy's own reading then gives part of the layout out as the value.

It differs from DSPy's where that was wrong: blanks before a header; a header or the end behind text on the same line;
lines end with a line feed only, so that U+2028 and its like stay in a value; thoughts before the answer are no part of
it, whatever they rehearse.
"""

from __future__ import annotations

import re
from collections.abc import Collection

_HEADER = re.compile(r"\[\[ ## (\w+) ## \]\]")
_END = "[[ ## completed ## ]]"
_THOUGHTS = re.compile(r"\s*<think(?:ing)?>.*?</think(?:ing)?>\s*", re.DOTALL)
# Where the prompt of a model opens the thoughts, its answer only closes them.
_REST_OF_THOUGHTS = re.compile(r".*</think(?:ing)?>\s*(?=\[\[ ## |\{)", re.DOTALL)


def without_thoughts(completion: str) -> str:
    """The answer itself."""
    begin = 0
    while found := _THOUGHTS.match(completion, begin):
        begin = found.end()
    answer = completion[begin:]
    if "<think" not in answer and (rest := _REST_OF_THOUGHTS.match(answer)):
        return answer[rest.end() :]
    return answer


def sections_of(completion: str, names: Collection[str]) -> dict[str, str]:
    """The text under the header of each of these fields, the first where one stands twice."""
    found: dict[str, str] = {}
    sections = _by_line(without_thoughts(completion).replace("\r\n", "\n"))
    missing = set(names) - {name for name, _ in sections}
    parts = [part for section in sections for part in _within(*section, missing)]
    parts[-1] = (parts[-1][0], _until_the_end(parts[-1][1]))
    for name, text in parts:
        if name in names:
            found.setdefault(name, _trimmed(text))
    return found


def _by_line(completion: str) -> list[tuple[str, str]]:
    """What stands under each header that begins a line; what comes before the first has no name."""
    sections: list[tuple[str, list[str]]] = [("", [])]
    for line in completion.split("\n"):
        stripped = line.strip()
        if header := _HEADER.match(stripped):
            sections.append((header[1], [stripped[header.end() :].lstrip()]))
        else:
            sections[-1][1].append(line)
    return [(name, "\n".join(lines)) for name, lines in sections]


def _within(name: str, text: str, missing: Collection[str]) -> list[tuple[str, str]]:
    """The section, divided at headers in the midst of it that are of fields nothing else was said for.

    A header in backticks is spoken of, not used; so is one of a field that has its own line.
    """
    parts, begin = [], 0
    for header in _HEADER.finditer(text):
        if header[1] in missing and text[header.start() - 1 : header.start()] != "`":
            parts.append((name, text[begin : header.start()]))
            name, begin = header[1], header.end()
    return [*parts, (name, text[begin:])]


def _until_the_end(text: str) -> str:
    """The last section without the end of the answer and what is said behind it; in backticks it is spoken of."""
    before, end, _ = text.rpartition(_END)
    return before if end and not before.endswith("`") else text


def _trimmed(text: str) -> str:
    return text.strip().removesuffix(_END).rstrip()
