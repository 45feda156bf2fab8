"""What a resolver is given: who asks, and where events come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from framework.actions.session import Session
from framework.events.feed import Feed

KEY = "dspex"


@dataclass(frozen=True, slots=True)
class GraphqlContext:
    """The circumstances of one operation."""

    session: Session
    feed: Feed


def context_of(value: Any) -> GraphqlContext:
    """The context as resolvers see it; a web framework that insists on a mapping keeps it under `KEY`."""
    found = value[KEY] if isinstance(value, Mapping) else value
    if not isinstance(found, GraphqlContext):
        raise TypeError("the operation was given no GraphqlContext")
    return found
