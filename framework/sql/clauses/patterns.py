"""Patterns as LIKE has them: every search for a known text is one, which an index can serve."""

from __future__ import annotations

from framework.expr.nodes import Matching

ESCAPE = "\\"


def like_pattern(op: Matching, text: str) -> str:
    """The pattern that finds what the text is to find."""
    if op in (Matching.LIKE, Matching.ILIKE):
        return _whole(text)
    plain = text.replace(ESCAPE, ESCAPE * 2).replace("%", rf"{ESCAPE}%").replace("_", rf"{ESCAPE}_")
    before = "" if op is Matching.STARTS_WITH else "%"
    after = "" if op is Matching.ENDS_WITH else "%"
    return f"{before}{plain}{after}"


def _whole(pattern: str) -> str:
    """A lone escape at the end stands for itself; PostgreSQL would refuse it."""
    trailing = len(pattern) - len(pattern.rstrip(ESCAPE))
    return pattern + ESCAPE if trailing % 2 else pattern
