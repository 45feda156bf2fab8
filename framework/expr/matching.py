"""How a text is matched: parts of it, and the patterns of `LIKE`."""

from __future__ import annotations

import re
from functools import lru_cache

from framework.expr.nodes import Matching

ESCAPE = "\\"


def matches(op: Matching, text: str, pattern: str) -> bool:
    """Whether the text matches."""
    match op:
        case Matching.LIKE:
            return like(pattern).fullmatch(text) is not None
        case Matching.ILIKE:
            return like(pattern.lower()).fullmatch(text.lower()) is not None
        case Matching.CONTAINS:
            return pattern in text
        case Matching.STARTS_WITH:
            return text.startswith(pattern)
        case Matching.ENDS_WITH:
            return text.endswith(pattern)


@lru_cache(maxsize=1024)
def like(pattern: str) -> re.Pattern[str]:
    r"""A `LIKE` pattern as a regular expression: `%` is any text, `_` any character, `\` makes the next one plain."""
    parts: list[str] = []
    characters = iter(pattern)
    for character in characters:
        if character == ESCAPE:
            # A lone escape at the end has nothing to make plain and stands for itself.
            parts.append(re.escape(next(characters, ESCAPE)))
        else:
            parts.append({"%": ".*", "_": "."}.get(character) or re.escape(character))
    return re.compile("".join(parts), re.DOTALL)
