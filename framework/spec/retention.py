"""How long the records of a resource are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from framework.errors import Source
from framework.expr.nodes import Node


@dataclass(frozen=True, slots=True)
class RetentionSpec:
    """That records are removed once `since` is longer ago than `after`, of those that `where` selects (all, when None).

    With an `order` of attributes they go in it, each once all before it have gone: what is left is whole from there on.
    """

    name: str
    after: timedelta
    since: str
    source: Source
    where: Node | None = None
    order: tuple[str, ...] = ()
