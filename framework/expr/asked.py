"""What a policy asks of the call that it decides about: what it gives, and what it changes of the record."""

from __future__ import annotations

from dataclasses import dataclass

from framework.expr.nodes import Node


@dataclass(frozen=True, slots=True)
class Given(Node):
    """What the call gives for an accepted attribute or an argument of that name; absent when it gives none."""

    name: str


@dataclass(frozen=True, slots=True)
class Gives(Node):
    """Whether the call gives anything for that name, be it that there is nothing; never unknown."""

    name: str


@dataclass(frozen=True, slots=True)
class Changing(Node):
    """Whether the action makes another value of `item`: from one of `before` to one of `after`, any where None."""

    item: Node
    before: tuple[Node, ...] | None = None
    after: tuple[Node, ...] | None = None
