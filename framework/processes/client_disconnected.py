"""Whether whoever asked has left, and what is only asked for their sake is to be given up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClientDisconnected:
    """Among the services of a session that serves one request; `wait` returns once its client has hung up."""

    wait: Callable[[], Awaitable[None]]
