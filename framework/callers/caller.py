"""A caller: what a request says of whoever sent it, whichever transport it came by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from framework.errors import Unauthenticated

Pairs = tuple[tuple[str, str], ...]
NOTHING: Mapping[str, Any] = {}
COOKIE = "cookie"


@dataclass(frozen=True, slots=True)
class Caller:
    """Headers (names in small letters, repeated ones kept apart), where the request comes from and where it goes.

    `said` is what a WebSocket's client says when it begins: the payload of `connection_init`. `address` is None where
    there is none, as over a Unix socket.
    """

    headers: Pairs = ()
    address: str | None = None
    scheme: str = "http"
    path: str = "/"
    method: str = "GET"
    said: Mapping[str, Any] = field(default_factory=lambda: NOTHING)

    def header(self, name: str) -> str | None:
        """The header; raises Unauthenticated when there are several: which of them counts is nobody's guess."""
        return _one(value for given, value in self.headers if given == name)

    def given(self, name: str) -> str | None:
        """The header, or what a WebSocket's client said under that name; raises Unauthenticated for several.

        Only for what proves itself, as a key does: what a proxy sets as a header, any client can say.
        """
        said = [value for key, value in self.said.items() if str(key).lower() == name]
        if not all(isinstance(value, str) for value in said):
            raise Unauthenticated
        return _one([*(value for given, value in self.headers if given == name), *said])

    def cookie(self, name: str) -> str | None:
        """The cookie; raises Unauthenticated when it was sent twice."""
        parts = (part.strip() for given, text in self.headers if given == COOKIE for part in text.split(";"))
        pairs = (part.partition("=") for part in parts)
        return _one(value for given, equals, value in pairs if equals and given == name)

    def has(self, *names: str) -> bool:
        """Whether any of these headers was sent."""
        return any(given in names for given, _ in self.headers)


def _one(values: Iterable[str]) -> str | None:
    found = tuple(values)
    if len(found) > 1:
        raise Unauthenticated
    return found[0] if found else None
