"""Logging in with a browser: what a hook may offer beside saying who calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from framework.callers.caller import Caller


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A session of a browser: the cookie given out for so many seconds, and what its pages say when they act."""

    cookie: str
    token: str = field(repr=False)
    csrf_token: str = field(repr=False)
    seconds: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where a browser is sent to log in, and a cookie that it comes back with."""

    url: str
    cookie: str
    value: str = field(repr=False)
    seconds: int


@runtime_checkable
class LogsIn(Protocol):
    """A hook that lets people log in."""

    async def log_in(self, caller: Caller, email: str, password: str) -> LoggedIn:
        """A session of whoever this is; raises Unauthenticated, whatever is wrong."""
        ...

    @property
    def elsewhere(self) -> bool:
        """Whether people can log in by a provider, too."""
        ...

    async def begin_elsewhere(self, caller: Caller) -> Elsewhere:
        """Sends somebody to the provider."""
        ...

    async def end_elsewhere(self, caller: Caller, answer: Mapping[str, str]) -> LoggedIn:
        """A session of whoever came back; raises Unauthenticated."""
        ...

    async def log_out(self, caller: Caller) -> str | None:
        """Ends the session that the caller shows, in every process; the name of its cookie."""
        ...
