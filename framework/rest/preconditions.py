"""Conditional requests (RFC 9110 §13): what a representation is known by, and whether it is the one expected."""

from __future__ import annotations

import hashlib
import re

from framework.errors import Conflict

TAG = re.compile(r'(W/)?("[^"]*")')


def etag_of(content: bytes) -> str:
    """The strong entity tag of a representation: equal bytes, equal tag."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def is_known(etag: str, if_none_match: str | None) -> bool:
    """Whether the client has this representation already (weak comparison, as §13.1.2 asks)."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or etag in (tag for _, tag in TAG.findall(if_none_match))


def require_match(etag: str, if_match: str) -> None:
    """Returns if this is the representation expected (strong comparison, §13.1.1); raises Conflict."""
    if if_match.strip() == "*" or etag in (tag for weak, tag in TAG.findall(if_match) if not weak):
        return
    raise Conflict(
        "the record is not as you know it: somebody changed it since",
        code="precondition_failed",
        hint="read it again, and send its new ETag in If-Match; give the same `fields` and `include` both times",
    )
