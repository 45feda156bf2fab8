"""What an expression is about: a record with its values, and the records around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, Self

from framework.expr.nodes import Function


class Subject(Protocol):
    """A record, as an expression sees it."""

    @property
    def key(self) -> Any:
        """Its primary key."""
        ...

    def value(self, name: str) -> Any:
        """Its value of that name, stored or derived."""
        ...

    def related(self, link: str) -> Sequence[Self]:
        """The records at the other end of a link; a to-one link leads to one or none."""
        ...

    def whole(self) -> Self:
        """The same record with nothing hidden of it and around it."""
        ...

    def ask(self, function: Function) -> Any:
        """What only the data layer knows: the time, the transaction, the horizon."""
        ...
