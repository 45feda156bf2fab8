"""What is seen with nothing hidden, in the midst of what is not."""

from __future__ import annotations

from dataclasses import dataclass

from framework.expr.nodes import Node


@dataclass(frozen=True, slots=True)
class Whole(Node):
    """What `inner` is with nothing hidden, of whatever an access scope hides: said by the system, never by a caller."""

    inner: Node
