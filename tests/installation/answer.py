"""What a client is told, the same whichever way it asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that was wrong, in the names of the declaration."""

    code: str
    path: tuple[str, ...]
    message: str
    hint: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def at(self) -> tuple[str, str]:
        """Code and path: `("missing", "inputs.ticket")`."""
        return self.code, ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Answer:
    """A value, or what was wrong."""

    value: Any = None
    faults: tuple[Fault, ...] = ()

    @property
    def made(self) -> Any:
        """The value of a call that went well."""
        assert not self.faults, self.faults
        return self.value

    @property
    def fault(self) -> Fault:
        """The one thing that was wrong."""
        assert self.value is None
        (fault,) = self.faults
        return fault

    @property
    def at(self) -> list[tuple[str, str]]:
        """Code and path of everything that was wrong."""
        assert self.value is None, self.value
        return [fault.at for fault in self.faults]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is asked for. `filter` is in the names of the declaration, `sort` as `-created_at`."""

    filter: Mapping[str, Any] | None = None
    sort: Sequence[str] = ()
    limit: int | None = None
    after: str | None = None


EVERYTHING = Asked()


class Client(Protocol):
    """A transport, used by the names of the declaration: `client.act("Program.create", slug="a", name="A")`."""

    @property
    def name(self) -> str:
        """`graphql` or `rest`."""
        ...

    async def act(self, action: str, id: Any = None, **inputs: Any) -> Answer:  # noqa: A002
        """Calls an action."""
        ...

    async def get(self, resource: str, id: Any) -> Answer:  # noqa: A002
        """One record, with everything that is its own."""
        ...

    async def list(self, resource: str, asked: Asked = EVERYTHING) -> Answer:
        """A page: `items`, and the cursor `next`, which is None at the end."""
        ...
