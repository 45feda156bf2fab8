"""What a resolver is given: who asks, and where events come from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from framework.actions.session import Session
from framework.errors import Failure
from framework.events.feed import Feed

KEY = "dspex"
# What one operation more over a connection is refused with, if it is.
Refuses = Callable[[], Awaitable[Failure | None]]


async def refuses_nothing() -> None:
    """Whoever asks may ask as often as they like."""


@dataclass(frozen=True, slots=True)
class GraphqlContext:
    """The circumstances of one operation, or of those over one connection; `refuses` is asked before each of these."""

    session: Session
    feed: Feed
    refuses: Refuses = refuses_nothing


def context_of(value: Any) -> GraphqlContext:
    """The context as resolvers see it; a web framework that insists on a mapping keeps it under `KEY`."""
    found = value[KEY] if isinstance(value, Mapping) else value
    if not isinstance(found, GraphqlContext):
        raise TypeError("the operation was given no GraphqlContext")
    return found
